package flow

import (
	"encoding/json"
	"time"
)

// State is where a task stands. A task that has no record is pending or skipped.
type State string

// The states of a task.
const (
	TaskRunning  State = "running"
	TaskRetrying State = "retrying"
	TaskWaiting  State = "waiting"
	TaskDone     State = "done"
	TaskFailed   State = "failed"
)

// Committed reports whether the state is an outcome, which never changes.
func (s State) Committed() bool { return s == TaskDone || s == TaskFailed }

// Via is how a task was reached, which decides who answers for its successors
// after a crash.
type Via string

// The ways to reach a task.
const (
	ViaMessage Via = "m" // as the head of its own message
	ViaInline  Via = "i" // inline, under the message of an earlier task
)

// TaskKey names a task within a run.
type TaskKey struct {
	Node  string
	Scope string // "" outside loops and maps
}

// TaskRecord is the persisted outcome of a task: one item of the context table.
type TaskRecord struct {
	RunID string
	TaskKey
	State      State
	Owner      string    // the record handling that claimed or committed last
	LeaseUntil time.Time // until then nobody else may take over
	Via        Via
	Starts     int       // claims since the last outcome
	Failures   int       // committed failed attempts
	DueAt      time.Time // of the next attempt, when retrying
	In         string    // the source that fired an "any" join
	StartedAt  time.Time
	FinishedAt time.Time
	Output     json.RawMessage // nil: no output
	Action     string
	Edges      []TakenEdge // of a fallback also those of the node it stands for
	Error      *Failure
	Expires    time.Time // when the item may be garbage-collected
}

// TakenEdge is a decided edge: its number in the blueprint, and the value it
// carries where a transform made one (nil: the source's output).
type TakenEdge struct {
	Index int             `json:"i"`
	Value json.RawMessage `json:"value,omitempty"`
}

// Attempt is the number of the attempt that runs, or ran last: 1 + committed failures.
// A failed task has committed its last attempt, which its Failures count.
func (t TaskRecord) Attempt() int {
	if t.State == TaskFailed || t.State == TaskRetrying {
		return max(t.Failures, 1)
	}
	return t.Failures + 1
}

// Live reports whether somebody other than owner holds the task's lease.
func (t TaskRecord) Live(owner string, now time.Time) bool {
	return t.Owner != owner && t.LeaseUntil.After(now)
}

// Attribute implements [Attributes].
func (t TaskRecord) Attribute(name string) any {
	switch name {
	case "state":
		return present(string(t.State))
	case "owner":
		return present(t.Owner)
	case "leaseUntil":
		return millis(t.LeaseUntil)
	case "dueAt":
		return millis(t.DueAt)
	case "failures":
		return int64(t.Failures)
	}
	return nil
}

func present(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}
