package state

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Via is the way in which a task was reached. It determines whose message sends its
// successors again after a crash.
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
	Owner      string    // the record handling that last claimed or committed
	LeaseUntil time.Time // until then no other owner may take over
	Via        Via
	Starts     int       // starts since the last outcome, less those that were given back
	Failures   int       // committed failed attempts
	DueAt      time.Time // of the next attempt, when retrying
	FiredBy    string    // the source that fired an "any" join
	StartedAt  time.Time
	FinishedAt time.Time
	Output     json.RawMessage // nil: no output
	Action     string
	Edges      []TakenEdge    // of a fallback also those of the node it stands for
	Writes     []ContextWrite // to context keys, each to another
	Abridged   bool           // loaded without the edges that were not requested
	Bare       bool           // loaded without output and values of edges
	Omitted    int            // bytes of the values left out of a bare record, where known
	Error      *flow.Failure
	Expires    time.Time // from then on the record counts as absent, and may be collected
}

// String returns the fields that are set, and of values their size.
func (t TaskRecord) String() string { return describe.Fields(t) }

// TakenEdge is a decided edge: its number in the blueprint, and the value made by
// its transform, if any (nil: the source's output).
type TakenEdge struct {
	Index int             `json:"edge"`
	Value json.RawMessage `json:"value,omitempty"`
}

// String returns the fields that are set, and of values their size.
func (e TakenEdge) String() string { return describe.Fields(e) }

// Attempt is the number of the attempt that is running, or ran last: 1 + committed
// failures. A failed task has committed its last attempt, which its Failures
// include.
func (t TaskRecord) Attempt() int {
	if t.State == flow.TaskFailed || t.State == flow.TaskRetrying {
		return max(t.Failures, 1)
	}
	return t.Failures + 1
}

// Size returns the bytes of the record's values: its output, those of its writes that
// were loaded, and the values of the needed edges (nil: all).
func (t TaskRecord) Size(needed []int) int {
	size := len(t.Output)
	for _, edge := range t.Edges {
		if needed == nil || slices.Contains(needed, edge.Index) {
			size += len(edge.Value)
		}
	}
	for _, w := range t.Writes {
		size += len(w.Value)
	}
	return size
}

// WithoutWrites returns the record with only the keys of its context writes.
func (t TaskRecord) WithoutWrites() TaskRecord {
	t.Writes = withoutValues(t.Writes)
	return t
}

// Strip returns the record without values. Its edges are a copy.
func (t TaskRecord) Strip() TaskRecord {
	t.Bare, t.Output, t.Edges, t.Writes = true, nil, slices.Clone(t.Edges), withoutValues(t.Writes)
	for i := range t.Edges {
		t.Edges[i].Value = nil
	}
	return t
}

// Live reports whether an owner other than the given one holds the task's lease.
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
	Unseen     int // starts without a claim that may have ended a worker: counted if the record counts none
	Now        time.Time
	Expires    time.Time
}

// String returns the fields that are set, and of values their size.
func (c Claim) String() string { return describe.Fields(c) }

// Apply returns the effect of a claim on the stored record (the zero record if
// there is none). Fields without a counterpart in the claim are kept.
func (c Claim) Apply(t TaskRecord) TaskRecord {
	t.RunID, t.TaskKey = c.RunID, c.TaskKey
	t.State = flow.TaskRunning
	t.Owner, t.LeaseUntil, t.Via = c.Owner, c.LeaseUntil, c.Via
	if t.Starts == 0 {
		t.Starts = c.Unseen //rule:unseen-start-counted
	}
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
