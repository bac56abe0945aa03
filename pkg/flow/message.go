package flow

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// MessageType is the type of a message's body.
type MessageType string

// Outgoing is a message to be sent.
type Outgoing struct {
	Body       string
	Delay      time.Duration // at most 15 minutes
	Tenant     string        // the group of a fair queue
	Attributes map[string]string
}

// String returns the size of the message's body, without its text, and its delay.
func (o Outgoing) String() string {
	return fmt.Sprintf("a message of %d bytes, delayed by %s", len(o.Body), o.Delay)
}

// MessageBody is the JSON body of a message of any type: unused fields are empty.
// Each type has its own file, message_TYPE.go.
type MessageBody struct {
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
	By          string          `json:"by,omitempty"`
	Traceparent string          `json:"traceparent,omitempty"`
}

// String returns the fields that are set, and only the sizes of input and output.
func (b MessageBody) String() string { return describe.Fields(b) }

// messageTypes are the types of messages, with the checks of their bodies.
var messageTypes = map[MessageType]func(*bodyCheck, *MessageBody){
	TypeStart:  checkStart,
	TypeJob:    checkJob,
	TypeCancel: checkCancel,
}

// laterTypes are those of later versions. A worker of this version answers that it is
// too old; error messages do not offer them yet.
var laterTypes = map[MessageType]func(*bodyCheck, *MessageBody){
	"resume":  func(c *bodyCheck, b *MessageBody) { c.runID(b.RunID); c.id("nodeId", b.NodeID) },
	"redrive": func(c *bodyCheck, b *MessageBody) { c.runID(b.RunID) },
}

// Kind returns the body's type: a body without type is a job.
func (b MessageBody) Kind() MessageType {
	if b.Type == "" {
		return TypeJob
	}
	return b.Type
}

// maxASCII is the limit of a body in ASCII, in bytes: queues take 1 MiB, attributes
// included.
const maxASCII = 1<<20 - 1<<10

// Encode returns the body's JSON, in ASCII, since not every queue takes every
// character. A body that is too long for a queue only in ASCII is returned in UTF-8.
func (b MessageBody) Encode() (string, error) {
	text, err := rawjson.Encode(b)
	if err != nil {
		return "", fmt.Errorf("encode %s message: %w", b.Kind(), err)
	}
	if ascii := rawjson.ASCII(text); len(ascii) <= maxASCII || len(text) > maxASCII {
		return ascii, nil
	}
	return string(text), nil
}

// ParseMessage decodes and checks a message's body. Its error is a
// [*RejectError]: such a body can never become valid. Keys are exact, and none stands
// twice. A start and a cancel have no unknown keys; a job may, but no misspelt ones.
func ParseMessage(text string) (MessageBody, error) {
	var b MessageBody
	data := rawjson.TrimMark([]byte(text))
	if err := rawjson.CheckDepthIn("the body", data, -1); err != nil {
		return b, reject("%v", err)
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return b, reject("the body is no message in JSON: %s", rawjson.DecodeFault(err))
	}
	fields, twice := members(data)
	if twice != "" {
		return b, reject("the body has the key %q twice, and only one of the values would count: remove or rename the other", truncate(twice, 40))
	}
	if said := cmp.Or(foreign(fields), untyped(&b, fields)); said != "" {
		return b, reject("%s", said)
	}
	return b, b.check(fields)
}

// Check reports, as a [*RejectError], every reason for which no worker would accept
// the body.
func (b MessageBody) Check() error { return b.check(nil) }

// check also checks the keys of the body's text.
func (b MessageBody) check(fields map[string]json.RawMessage) error {
	check := messageTypes[b.Kind()]
	if check == nil {
		check = laterTypes[b.Kind()]
	}
	if check == nil {
		return reject("unknown type of message %q: it must be one of %s", truncate(string(b.Type), 40), sortedTypes())
	}
	c := &bodyCheck{}
	c.keys(b.Kind(), fields)
	c.taskKey(b.NodeID, b.Scope)
	c.fault(b.Attempt < 0 || b.Attempt > maxCount || b.Hops < 0 || b.Hops > maxCount, "attempt and hops must be 0 to %d", maxCount)
	c.depth("input", b.Input)
	c.depth("output", b.Output)
	c.by(b.By)
	c.fault(len(b.Tenant) > MaxIDLength, "tenant must have at most %d bytes", MaxIDLength)
	check(c, &b)
	if len(c.faults) > 0 {
		return reject("a %s message: %s", b.Kind(), strings.Join(c.faults, "; "))
	}
	return nil
}

func sortedTypes() string {
	var names []string
	for _, t := range slices.Sorted(maps.Keys(messageTypes)) {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// bodyCheck collects the faults of a body.
type bodyCheck struct{ faults []string }

func (c *bodyCheck) fault(bad bool, format string, args ...any) {
	if bad {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

func (c *bodyCheck) depth(name string, value json.RawMessage) {
	if err := rawjson.CheckDepth(name, value); err != nil {
		c.fault(true, "%v", err)
	}
}

func (c *bodyCheck) id(name, id string) {
	c.fault(id == "" || len(id) > MaxIDLength, "%s must have 1 to %d bytes", name, MaxIDLength)
}

func (c *bodyCheck) runID(id string) {
	c.fault(!isRunID(id), "runId is not of the form %s", runIDForm)
}

// maxBy is the longest name of a message's sender, in bytes.
const maxBy = 128

// by checks a name that people will read, in logs and on terminals.
func (c *bodyCheck) by(name string) {
	c.fault(len(name) > maxBy, "by must have at most %d bytes", maxBy)
	c.fault(strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }), "by must have no control characters and no others that cannot be printed")
	c.fault(name != strings.TrimSpace(name), "by must not begin or end with a space")
}

// maxCount is the limit of the numbers of a message.
const maxCount = 1_000_000

// maxTaskKey is the limit of a task's key in stores, in bytes: no blueprint leads to
// a longer one.
const maxTaskKey = 1000

// taskKey checks node and scope together, each escaped as in a store's key.
func (c *bodyCheck) taskKey(node, scope string) {
	size := 1 + len(node) + len(scope)
	for _, special := range "#@/%" {
		size += 2 * (strings.Count(node, string(special)) + strings.Count(scope, string(special)))
	}
	c.fault(size > maxTaskKey, "nodeId and scope make a key of %d bytes: at most %d are possible", size, maxTaskKey)
}

// runIDForm is the form of run ids. It is told, and checked without being compiled: each
// start of a worker would pay for that.
const runIDForm = `^[A-Za-z0-9._:-]{1,128}$`

func isRunID(text string) bool {
	return hasForm(text, func(c byte) bool {
		return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("._:-", c) >= 0
	})
}

// hasForm reports whether a text has 1 to 128 bytes, each of them permitted.
func hasForm(text string, permitted func(byte) bool) bool {
	for i := range len(text) {
		if !permitted(text[i]) {
			return false
		}
	}
	return text != "" && len(text) <= 128
}

func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
