package state

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Via is how a task was reached, which decides who answers for its successors
// after a crash.
type Via string

// The ways to reach a task.
const (
	ViaMessage Via = "message" // as the head of its own message
	ViaInline  Via = "inline"  // inline, under the message of an earlier task
)

// Skew is how far the clocks of two workers may differ: leases outlast it.
const Skew = 5 * time.Second

// TaskRecord is the persisted outcome of a task: one item of a store.
type TaskRecord struct {
	RunID string
	TaskKey
	State      flow.State
	Owner      string    // the record handling that claimed or committed last
	LeaseUntil time.Time // until then nobody else may take over
	Via        Via
	Starts     int       // claims since the last outcome
	Failures   int       // committed failed attempts
	DueAt      time.Time // of the next attempt, when retrying
	FiredBy    string    // the source that fired an "any" join
	StartedAt  time.Time
	FinishedAt time.Time
	Output     json.RawMessage // nil: no output
	Action     string
	Edges      []TakenEdge // of a fallback also those of the node it stands for
	Abridged   bool        // as it was loaded: there are more edges, which were not asked for
	Error      *flow.Failure
	Expires    time.Time // from then on the record counts as absent, and may be collected
}

// String is the fields that are set, of values their size.
func (t TaskRecord) String() string { return describe.Fields(t) }

// TakenEdge is a decided edge: its number in the blueprint, and the value it
// carries where a transform made one (nil: the source's output).
type TakenEdge struct {
	Index int             `json:"edge"`
	Value json.RawMessage `json:"value,omitempty"`
}

// String is the fields that are set, of values their size.
func (e TakenEdge) String() string { return describe.Fields(e) }

// Attempt is the number of the attempt that runs, or ran last: 1 + committed failures.
// A failed task has committed its last attempt, which its Failures count.
func (t TaskRecord) Attempt() int {
	if t.State == flow.TaskFailed || t.State == flow.TaskRetrying {
		return max(t.Failures, 1)
	}
	return t.Failures + 1
}

// Live reports whether somebody other than owner holds the task's lease.
func (t TaskRecord) Live(owner string, now time.Time) bool {
	return t.Owner != owner && t.LeaseUntil.After(now)
}

// Claim takes a task's lease.
type Claim struct {
	RunID string
	TaskKey
	Guard      Guard
	Owner      string
	LeaseUntil time.Time
	Via        Via
	FiredBy    string
	Now        time.Time
	Expires    time.Time
}

// String is the fields that are set, of values their size.
func (c Claim) String() string { return describe.Fields(c) }

// Apply is the effect of a claim on the stored record (the zero record if
// there is none). What it does not name stays as it is.
func (c Claim) Apply(t TaskRecord) TaskRecord {
	t.RunID, t.TaskKey = c.RunID, c.TaskKey
	t.State = flow.TaskRunning
	t.Owner, t.LeaseUntil, t.Via = c.Owner, c.LeaseUntil, c.Via
	t.Starts++           //rule:claim-counts-start
	if t.FiredBy == "" { //rule:source-fixed-by-claim = true
		t.FiredBy = c.FiredBy
	}
	if t.StartedAt.IsZero() {
		t.StartedAt = c.Now
	}
	t.Expires = c.Expires
	return t
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
	case "ttl":
		return seconds(t.Expires)
	}
	return nil
}

func present(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func seconds(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}
