package flow

import (
	"errors"
	"fmt"
	"time"
)

// EventKind is the msg of a log line and the kind of an [Event].
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

	// MessageSentAgain: an error kept a message from being handled at one of its last
	// receives, so a copy of it was sent instead of letting it come back.
	MessageSentAgain EventKind = "message sent again"

	// DuplicateMessage: what the message asks for was recorded before, by another
	// delivery of it or by a copy. What follows from the record is seen to all the same.
	DuplicateMessage EventKind = "duplicate message"
)

// Event is something that happened to a run, as it is logged. The start and the
// end of a run, and the outcome of an attempt, are told once, by whose write
// recorded them, or not at all if that process dies first. The other events may
// be seen again when a message is handled again.
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
}

// String is the event on one line.
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
