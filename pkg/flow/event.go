package flow

import (
	"errors"
	"fmt"
	"time"
)

// EventKind is the kind of an [Event], and the msg of its log line.
type EventKind string

// The events of runs and nodes.
const (
	RunStarted   EventKind = "run started"
	NodeFinished EventKind = "node finished"
	NodeRetrying EventKind = "node retrying"
	NodeFailed   EventKind = "node failed"
	NodeSkipped  EventKind = "node skipped"
	RunCompleted EventKind = "run completed"
	RunFailed    EventKind = "run failed"
	RunCancelled EventKind = "run cancelled"
	StartIgnored EventKind = "start ignored"
	RunRescued   EventKind = "run rescued"
	CodeMissing  EventKind = "code missing" // a message waits for a worker that has the code or the blueprint

	// CodeStillRunning: the code of a node goes on although its attempt is over, because
	// it ignores its context. The event comes a second after the attempt, at any time.
	CodeStillRunning EventKind = "code still running"

	// MessageSentAgain: an error prevented the handling of a message at one of its last
	// receives, so a copy of it was sent, and it does not come back.
	MessageSentAgain EventKind = "message sent again"

	// DuplicateMessage: the outcome that the message asks for was recorded before, by
	// another delivery of it or by a copy. The steps that follow from the record are
	// still taken.
	DuplicateMessage EventKind = "duplicate message"
)

// Event is something that happened to a run, as it is logged. The start and the end
// of a run, and the outcome of an attempt, are reported once, by the process whose
// write recorded them, or never if that process dies first. The other events may be
// repeated when a message is handled again.
type Event struct {
	Kind        EventKind
	RunID       string
	BlueprintID string
	NodeID      string
	Scope       string
	Attempt     int
	Duration    time.Duration // of the node's code
	Err         error
	Reason      string
	Receives    int
	TraceID     string // of the run's traceparent: 32 hexadecimal digits; "" is none
}

// String returns the event on one line.
func (e Event) String() string {
	text := fmt.Sprintf("%s: run %s of %s", e.Kind, e.RunID, e.BlueprintID)
	if e.NodeID != "" {
		text += ": node " + e.NodeID
	}
	if e.Scope != "" {
		text += "@" + e.Scope
	}
	if e.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", e.Attempt)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if failed, ok := errors.AsType[*NodeError](e.Err); ok { // run and node are told
		return text + fmt.Sprintf(": %s: %v", failed.Code, failed.Err)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}
