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
	state      state.Run
	exists     bool
	index      []indexed[state.Run] // entries written to the index of active runs, with their times
	records    map[string]state.TaskRecord
	retryAt    map[string]map[int]time.Duration // by node and attempt: the earliest permitted start
	executions map[string][]*execution
	joins      map[state.JoinKey]state.Join
	inputs     map[string]any // by start message
	asked      bool           // a cancel was sent
	rescues    int            // how often a reconciler recorded that a message was missing
	finishedAt time.Duration
}

func (w *world) newRun(id string) *run {
	r := &run{
		id: id, records: map[string]state.TaskRecord{}, retryAt: map[string]map[int]time.Duration{},
		executions: map[string][]*execution{}, joins: map[state.JoinKey]state.Join{}, inputs: map[string]any{},
	}
	w.runs = append(w.runs, r)
	w.known[id] = r
	return r
}

func (w *world) runByID(id string) *run {
	if r := w.known[id]; r != nil {
		return r
	}
	w.violate(StartsOnce, "run %s: no start message was sent for it", id)
	return w.newRun(id)
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

// graphOf returns the blueprint that a run pins.
func (w *world) graphOf(r *run) *graph {
	if w.oldVersion != nil && r.state.BlueprintHash == w.oldVersion.hash {
		return w.oldVersion
	}
	return w.graph
}

// recorded finds the routing of nodes from the records of a run.
func (w *world) recorded(r *run) *walk {
	g := w.graphOf(r)
	return newWalk(g, func(n *node) *decided { return r.decided(g, n) })
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
