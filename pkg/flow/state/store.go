package state

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

// Store keeps runs. Every method is one atomic step that takes effect wholly or not
// at all, and reads the effects of every earlier step. After an error other than
// [ErrConflict] either may be the case (the network may lose a response), and
// repeating a call is safe: a store's own retry that meets its own success reports
// success. All guards are the caller's: a store has no conditions of its own. An
// item whose time to expire has passed counts as absent in every method, whenever
// and in whichever order expired items are deleted. An error names the operation,
// the run and the node, and never a value. An implementation must pass the suite
// storetest.TestStore.
type Store interface {
	// Create writes the run and its Input if no run has its ID. With ErrConflict it
	// returns the existing run (without Input), whose input is untouched.
	Create(ctx context.Context, run Run) (Run, error)

	// Load reads the items named by set, each as of one moment, and consistently.
	// Missing items are left out of the snapshot; that is no error. Edges of a
	// record that set does not need may be left out, too: the cost of a branch must
	// not depend on the number of a node's edges. If the values have more than
	// set.MaxBytes together, Load returns everything except for values, as with
	// set.Bare, and a [*TooLargeError]. A record that does not decode is a
	// [*DamagedError].
	Load(ctx context.Context, set ReadSet) (Snapshot, error)

	// Claim applies the claim to its task (see [Claim.Apply]) if the guard
	// holds, and returns the new record; with ErrConflict the stored one. An
	// expired record is deleted first.
	Claim(ctx context.Context, claim Claim) (TaskRecord, error)

	// Commit writes one transition if its guard holds. With ErrConflict
	// nothing was written; of a task transition the stored record is returned.
	Commit(ctx context.Context, transition Transition) (TaskRecord, error)

	// Arrive adds to a join's sets if the guard holds, and returns all of them;
	// adding again changes nothing. An expired join is deleted first.
	Arrive(ctx context.Context, arrival Arrival) (Join, error)
}

// Directory is a reader's view of runs.
type Directory interface {
	// Run returns the run, or [flow.ErrNotFound].
	Run(ctx context.Context, runID string) (Run, error)
	// Blueprint returns a blueprint's body, or [flow.ErrNotFound].
	Blueprint(ctx context.Context, key BlueprintKey) ([]byte, error)
	// Tasks yields all task records of a run, in no particular order, without the
	// values of their context writes. It ends after the first error.
	Tasks(ctx context.Context, query TaskQuery) iter.Seq2[TaskRecord, error]
}

// TaskQuery names the task records of a run.
type TaskQuery struct {
	RunID    string
	Items    bool // [Run.Items]: the records of batch items are included
	Bare     bool // all records are without values
	MaxBytes int  // values that exceed it, together with those before, are left out; 0: no limit
}

// String returns the fields that are set.
func (q TaskQuery) String() string { return describe.Fields(q) }

// ReadSet names everything that a handling needs to know, so that it is one read.
type ReadSet struct {
	RunID     string
	Run       bool      // the run's item
	Input     bool      // the run's input
	InputHash string    // [Run.InputName], if it is known: it may save a request
	Tasks     []TaskKey // task records
	Edges     []int     // of their taken edges, those that are needed; nil: all
	Writes    bool      // the values of the records' context writes; false: only their keys
	Joins     []JoinKey // sets of joins
	Keys      []string  // context keys
	Blueprint BlueprintKey

	// Bare leaves out all values: the run's result and input, context keys, and of
	// task records the outputs, and the values of edges and writes.
	Bare bool
	// MaxBytes limits the values together, in bytes of JSON, without the edges that
	// are not needed; 0: no limit.
	MaxBytes int
}

// String returns the fields that are set, and of values their size.
func (s ReadSet) String() string { return describe.Fields(s) }

// Snapshot holds the items of a ReadSet that exist.
type Snapshot struct {
	Run       *Run // nil: there is none, or it was not asked for
	Input     json.RawMessage
	Tasks     map[TaskKey]TaskRecord
	Joins     map[JoinKey]Join
	Values    map[string]ContextValue
	Blueprint []byte // its body
}

// String returns the fields that are set, and of values their size.
func (s Snapshot) String() string { return describe.Fields(s) }

// Size returns the bytes of all values, of edges only those of the needed ones (nil:
// all). A blueprint's body does not count.
func (s Snapshot) Size(needed []int) int {
	size := len(s.Input)
	if s.Run != nil {
		size += len(s.Run.Result)
	}
	for _, t := range s.Tasks {
		size += t.Size(needed)
	}
	for _, v := range s.Values {
		size += len(v.Value)
	}
	return size
}

// Strip removes all values.
func (s *Snapshot) Strip() {
	s.Input, s.Values = nil, nil
	if s.Run != nil {
		s.Run.Result = nil
	}
	for key, t := range s.Tasks {
		s.Tasks[key] = t.Strip()
	}
}

// Transition is one conditional write. Exactly one of Run, Task, Value, Timer
// and Blueprint is set; Guard is judged on the item that it names.
type Transition struct {
	Guard Guard

	// Run changes a run's item, which must exist for the guard to be met.
	Run *RunChange

	Task  *TaskRecord  // replaces the task's record as a whole
	Value *ValueChange // replaces the value of a context key

	Timer     *Timer
	Blueprint *BlueprintVersion
}

// String returns the fields that are set, and of values their size.
func (t Transition) String() string { return describe.Fields(t) }

// BlueprintKey names a blueprint as its runs pin it: by its id and its content.
type BlueprintKey struct{ ID, Hash string }

// BlueprintVersion is a blueprint that runs are started with: of several with the
// same id, the one started last is current. Writing it again replaces only the time
// of the last start.
type BlueprintVersion struct {
	BlueprintKey
	Version   string
	Body      []byte
	StartedAt time.Time
}

// String returns the fields that are set, and of values their size.
func (v BlueprintVersion) String() string { return describe.Fields(v) }
