package flow

import "time"

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
