package flow

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// MessageType is the type of a message's body.
type MessageType string

// The types of messages. A body without type is a job.
const (
	TypeStart   MessageType = "start"
	TypeJob     MessageType = "job"
	TypeResume  MessageType = "resume"
	TypeCancel  MessageType = "cancel"
	TypeRedrive MessageType = "redrive"
)

// Body is the JSON body of a message, of whichever type: unused fields are empty.
type Body struct {
	Type        MessageType     `json:"type,omitempty"`
	RunID       string          `json:"runId,omitempty"`
	BlueprintID string          `json:"blueprintId,omitempty"`
	NodeID      string          `json:"nodeId,omitempty"`
	Scope       string          `json:"scope,omitempty"`
	Attempt     int             `json:"attempt,omitempty"`
	Hops        int             `json:"hops,omitempty"`
	Input       json.RawMessage `json:"input,omitempty"`
	Tenant      string          `json:"tenant,omitempty"`
	Action      string          `json:"action,omitempty"`
	Output      json.RawMessage `json:"output,omitempty"`
	Reason      string          `json:"reason,omitempty"`
}

// Encode returns the body's JSON.
func (b Body) Encode() (string, error) {
	text, err := encodeValue(b)
	if err != nil {
		return "", fmt.Errorf("encode %s message: %w", b.kind(), err)
	}
	return string(text), nil
}

// maxTaskKey bounds the names of tasks, in bytes: no blueprint leads to a longer
// one, and no store could look it up (DynamoDB's sort keys have 1,024).
const maxTaskKey = 1000

func (b Body) kind() MessageType {
	if b.Type == "" {
		return TypeJob
	}
	return b.Type
}

// ParseBody decodes and checks a message's body. Its error is a
// [*RejectError]: such a body can never become valid. Unknown keys are ignored.
func ParseBody(text string) (Body, error) {
	var b Body
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return b, reject("the body is no message in JSON: %s", decodeFault(err))
	}
	return b, b.check()
}

func (b Body) check() error {
	var faults []string
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	size := len(TaskKey{b.NodeID, b.Scope}.String())
	fault(size > maxTaskKey, "nodeId and scope make a key of %d bytes: at most %d are possible", size, maxTaskKey)
	badID := func(id string) bool { return id == "" || len(id) > maxIDLength }
	kind := b.kind()
	fault(!RunIDPattern.MatchString(b.RunID) && (kind != TypeStart || b.RunID != ""),
		"runId is not of the form %s", RunIDPattern)
	fault(b.Attempt < 0 || b.Hops < 0, "attempt and hops must not be negative")
	switch kind {
	case TypeStart:
		fault(badID(b.BlueprintID), "blueprintId must have 1 to %d bytes", maxIDLength)
		fault(b.Tenant != "" && !tenantPattern.MatchString(b.Tenant), "tenant is not of the form %s, as SQS wants a group's id", tenantPattern)
	case TypeJob:
		fault(badID(b.BlueprintID), "blueprintId must have 1 to %d bytes", maxIDLength)
		fault(badID(b.NodeID), "nodeId must have 1 to %d bytes", maxIDLength)
	case TypeResume:
		fault(badID(b.NodeID), "nodeId must have 1 to %d bytes", maxIDLength)
	case TypeCancel, TypeRedrive:
	default:
		return reject("unknown type of message %q: it must be start, job, cancel, resume or redrive", truncate(string(b.Type), 40))
	}
	if len(faults) > 0 {
		return reject("a %s message: %s", kind, strings.Join(faults, "; "))
	}
	return nil
}

// tenantPattern is what SQS takes as MessageGroupId.
var tenantPattern = regexp.MustCompile(`^[!-~]{1,128}$`)

func reject(format string, args ...any) *RejectError {
	return &RejectError{Reason: fmt.Sprintf(format, args...)}
}

func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
