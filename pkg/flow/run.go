package flow

import (
	"encoding/json"
	"regexp"
	"time"
)

// Status is where a run stands.
type Status string

// The statuses of a run. The last three are terminal.
const (
	Running   Status = "running"
	Awaiting  Status = "awaiting" // reported for a running run that waits for a resume; never stored
	Completed Status = "completed"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Terminal reports whether a run in this status has ended.
func (s Status) Terminal() bool { return s == Completed || s == Failed || s == Cancelled }

// Run is one execution of a blueprint: one item of the status table.
type Run struct {
	ID               string
	BlueprintID      string
	BlueprintVersion string
	BlueprintHash    string
	Tenant           string
	Status           Status
	Epoch            int // counts redrives
	StartedAt        time.Time
	LastUpdated      time.Time // whole seconds
	FinishedAt       time.Time
	Awaiting         []string // the tasks that wait for a resume
	Active           string   // the shard of the active index, "" when the reconciler need not look
	Rescues          int
	Result           json.RawMessage
	Error            *Failure
	Expires          time.Time // when the item may be garbage-collected

	// The start message's claim on the run: the run's item is that message's task record.
	StartMessageID  string
	StartOwner      string
	StartLeaseUntil time.Time

	// Input is written by Create as an item of its own, and read only where a ReadSet asks for it.
	Input     json.RawMessage
	InputHash string

	// Outputs by node id; filled where a run is read whole (memory.Run, flowtest.Run), never stored here.
	Outputs map[string]json.RawMessage
}

// RunIDPattern is the form of run ids.
var RunIDPattern = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// StartLive reports whether a start message other than the handling of owner holds the run.
func (r Run) StartLive(owner string, now time.Time) bool {
	return r.StartOwner != owner && r.StartLeaseUntil.After(now)
}

// Attribute implements [Attributes].
func (r Run) Attribute(name string) any {
	switch name {
	case "runId":
		return present(r.ID)
	case "status":
		return present(string(r.Status))
	case "epoch":
		return int64(r.Epoch)
	case "lastUpdated":
		if r.LastUpdated.IsZero() {
			return nil
		}
		return r.LastUpdated.Unix()
	case "startMessageId":
		return present(r.StartMessageID)
	case "startLeaseUntil":
		return millis(r.StartLeaseUntil)
	}
	return nil
}

// Failure is an error as it is stored and reported.
type Failure struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	NodeID  string   `json:"nodeId,omitempty"`
	Scope   string   `json:"scope,omitempty"`
	Attempt int      `json:"attempt,omitempty"`
	Cause   []string `json:"cause,omitempty"` // the messages of the wrapped errors, outermost first
}
