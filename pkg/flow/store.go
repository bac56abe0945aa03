package flow

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Store keeps runs. Every method is one atomic step that either took effect
// wholly or not at all, and reads what every earlier step wrote; an error that
// is neither [ErrConflict] nor [ErrNotFound] leaves open which (the network
// may lose a response), and repeating a call is safe: a store's own retry that
// meets its own success reports success. All guards are the caller's: a store
// has no conditions of its own. An error names the operation, the run and the
// node, and never a value. An implementation must pass flowtest.TestStore.
type Store interface {
	// Create writes the run and its Input if no run has its ID. With
	// ErrConflict it returns the run that has (without Input).
	Create(ctx context.Context, run Run) (Run, error)

	// Load reads what set names, as of one moment per item, and consistently.
	// What does not exist is left out of the snapshot; that is no error.
	Load(ctx context.Context, set ReadSet) (Snapshot, error)

	// Claim applies the claim to its task (see [Claim.Apply]) if the guard
	// holds, and returns the new record; with ErrConflict the stored one.
	Claim(ctx context.Context, claim Claim) (TaskRecord, error)

	// Commit writes one transition if its guard holds. With ErrConflict
	// nothing was written; of a task transition the stored record is returned.
	Commit(ctx context.Context, transition Transition) (TaskRecord, error)

	// Arrive adds to a join's sets and returns all of them. It has no
	// condition, and adding again changes nothing.
	Arrive(ctx context.Context, arrival Arrival) (Join, error)
}

// Directory is the command line's view of the runs, beside [Store].
type Directory interface {
	// Run returns the run, or ErrNotFound.
	Run(ctx context.Context, runID string) (Run, error)
	// Tasks yields all task records of a run, in no particular order.
	Tasks(ctx context.Context, runID string) iter.Seq2[TaskRecord, error]
}

// ReadSet names what a handling needs to know, so that it is one read.
type ReadSet struct {
	RunID     string
	Run       bool      // the run's item
	Input     bool      // the run's input
	Tasks     []TaskKey // task records
	Joins     []TaskKey // join items
	Keys      []string  // context keys
	Blueprint string    // the hash of a blueprint's body
}

// Snapshot is what was found of a ReadSet.
type Snapshot struct {
	Run       *Run // nil: there is none, or it was not asked for
	Input     json.RawMessage
	Tasks     map[TaskKey]TaskRecord
	Joins     map[TaskKey]Join
	Values    map[string]ContextValue
	Blueprint []byte
}

// ContextValue is one context key of a run. A deleted key covers the run
// input's key of that name.
type ContextValue struct {
	Value   json.RawMessage
	Deleted bool
}

// Claim takes a task's lease.
type Claim struct {
	RunID string
	TaskKey
	Guard      Guard
	Owner      string
	LeaseUntil time.Time
	Via        Via
	In         string
	Now        time.Time
	Expires    time.Time
}

// Apply is the effect of a claim on the stored record (the zero record if
// there is none). What it does not name stays as it is.
func (c Claim) Apply(t TaskRecord) TaskRecord {
	t.RunID, t.TaskKey = c.RunID, c.TaskKey
	t.State = TaskRunning
	t.Owner, t.LeaseUntil, t.Via = c.Owner, c.LeaseUntil, c.Via
	t.Starts++
	if t.In == "" {
		t.In = c.In
	}
	if t.StartedAt.IsZero() {
		t.StartedAt = c.Now
	}
	t.Expires = c.Expires
	return t
}

// Transition is one conditional write. Exactly one of Run, Task, Timer and
// Blueprint is set; Guard is judged on the item that it names.
type Transition struct {
	Guard Guard

	// Run changes a run's item, which must exist for the guard to be met.
	Run *RunChange

	// Task replaces the task's record as a whole; Writes (context keys of the
	// same run, each once) take effect with it, in the same step.
	Task   *TaskRecord
	Writes []ContextWrite

	Timer     *Timer
	Blueprint *BlueprintBody
}

// ContextWrite sets or deletes one context key.
type ContextWrite struct {
	Key string
	ContextValue
}

// RunChange changes the named fields of a run; zero fields stay as they are.
type RunChange struct {
	RunID           string
	LastUpdated     time.Time
	Active          string // the shard; set together with LastUpdated
	ResetRescues    bool
	Rescues         int  // counted up by the reconciler
	Leave           bool // leave the active index: nothing to look after until a message comes
	StartOwner      string
	StartLeaseUntil time.Time
	Finish          *Finish
}

// Finish ends a run and takes it out of the active index.
type Finish struct {
	Status     Status
	Result     json.RawMessage
	Error      *Failure
	FinishedAt time.Time
	Expires    time.Time
}

// Apply is the effect of the change on the stored run.
func (c RunChange) Apply(r Run) Run {
	if !c.LastUpdated.IsZero() {
		r.LastUpdated, r.Active = c.LastUpdated.Truncate(time.Second), c.Active
	}
	switch {
	case c.ResetRescues:
		r.Rescues = 0
	case c.Rescues > 0:
		r.Rescues = c.Rescues
	}
	if c.Leave {
		r.Active = ""
	}
	if c.StartOwner != "" {
		r.StartOwner, r.StartLeaseUntil = c.StartOwner, c.StartLeaseUntil
	}
	if f := c.Finish; f != nil {
		r.Status, r.Result, r.Error, r.FinishedAt, r.Expires = f.Status, f.Result, f.Error, f.FinishedAt, f.Expires
		r.Active = ""
	}
	return r
}

// Timer is a message that is due later than a queue can delay it.
type Timer struct {
	RunID string
	TaskKey
	Attempt int
	DueAt   time.Time
	Body    string // of the message
	Tenant  string
	Expires time.Time
}

// BlueprintBody is a blueprint as its runs pin it, by content.
type BlueprintBody struct {
	Hash string
	Body []byte
}

// Arrival adds to the sets of a join, or of the run's end.
type Arrival struct {
	RunID   string
	Join    TaskKey // the zero key: the run's end
	Arrived []string
	Taken   []string
	First   string // if set: becomes the join's first unless it has one
	Expires time.Time
}

// Join is where a join, or a run's end, stands.
type Join struct {
	Arrived []string // sorted
	Taken   []string // sorted
	First   string
}
