package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// run is the world's knowledge of a run: the changes that the store has shown.
type run struct {
	id         string
	tenant     string // of its starts
	state      state.Run
	exists     bool
	index      []indexed[state.Run] // entries written to the index of active runs, with their times
	records    map[string]state.TaskRecord
	executions map[string][]*execution
	inputs     map[string]any     // by start message
	timeouts   map[attemptOf]bool // attempts that are recorded as too long
	asked      bool               // a cancel was sent
	invented   bool               // a job that nobody has sent performed one of its tasks, perhaps too early
	rescues    int                // how often a reconciler recorded that a message was missing
	finishedAt time.Duration
}

// attemptOf is an attempt of a node.
type attemptOf struct {
	node   string
	number int
}

func newRun(id string) *run {
	return &run{
		id: id, records: map[string]state.TaskRecord{}, executions: map[string][]*execution{}, inputs: map[string]any{},
		timeouts: map[attemptOf]bool{},
	}
}

// enter writes the run's entry to the index of active runs, if that changes it.
func (r *run) enter(now time.Duration, entry state.Run) {
	if n := len(r.index); n == 0 || !sameEntry(r.index[n-1].entry, entry) {
		r.index = append(r.index, indexed[state.Run]{now, entry})
	}
}

// sameEntry reports whether the index of active runs shows both alike.
func sameEntry(a, b state.Run) bool {
	return a.Active == b.Active && a.LastUpdated.Equal(b.LastUpdated) && a.Rescues == b.Rescues
}

// indexAt returns the run's entry in the index of active runs at a time.
func (r *run) indexAt(at time.Duration) state.Run {
	for i := len(r.index) - 1; i >= 0; i-- {
		if r.index[i].at <= at {
			return r.index[i].entry
		}
	}
	return state.Run{}
}

// decided returns the recorded outcome of a node; nil without one.
func (r *run) decided(g *graph, n *node) *decided {
	t, ok := r.records[n.id]
	if !ok || !t.State.Committed() {
		return nil
	}
	d := &decided{failed: t.State == flow.TaskFailed, failures: t.Failures}
	d.output, d.has, d.action = decoded(t.Output), t.Output != nil, t.Action
	if t.Error != nil {
		d.code = t.Error.Code
	}
	for _, e := range t.Edges {
		d.taken = append(d.taken, taken{edge: g.edges[e.Index], value: decoded(e.Value), has: e.Value != nil})
	}
	return d
}

func caughtText(code, id string, attempt int) string {
	return fmt.Sprintf("%s %s %d", code, id, attempt)
}
