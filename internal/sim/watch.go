package sim

import (
	"reflect"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// What must hold at every moment. The store shows every step that it takes.

// sawTask: an outcome never changes once it is recorded, failures count one by
// one, and nothing is recorded of a task that nothing led to.
func (w *world) sawTask(runID string, t state.TaskRecord) {
	if t.State == "" {
		return
	}
	r := w.runByID(runID)
	before, known := r.records[t.Node]
	if known && before.State.Committed() && !reflect.DeepEqual(before, t) {
		w.violate("run %s: the record of %s changes after its outcome: %+v becomes %+v", r.id, t.Node, before, t)
	}
	if t.Failures < before.Failures || t.Failures > before.Failures+1 {
		w.violate("run %s: the failures of %s go from %d to %d", r.id, t.Node, before.Failures, t.Failures)
	}
	if known && before.FiredBy != "" && before.FiredBy != t.FiredBy {
		w.violate("run %s: the source of the join %s goes from %s to %s", r.id, t.Node, before.FiredBy, t.FiredBy)
	}
	r.records[t.Node] = t
	if t.State == flow.TaskRetrying && before.Failures < t.Failures {
		w.sawRetry(r, t)
	}
}

// sawRetry notes how long the blueprint wants the next attempt to wait.
func (w *world) sawRetry(r *run, t state.TaskRecord) {
	n := w.graphOf(r).byID[t.Node]
	if r.retryAt[n.id] == nil {
		r.retryAt[n.id] = map[int]time.Duration{}
	}
	if t.Failures >= max(n.attempts, 1) {
		w.violate("run %s: %s is retried after %d of %d attempts", r.id, n.id, t.Failures, max(n.attempts, 1))
	}
	r.retryAt[n.id][t.Failures+1] = t.FinishedAt.Sub(epoch) + n.wait(t.Failures)
}

// wait is the least that the policy allows after so many failures.
func (n *node) wait(failures int) time.Duration {
	d := float64(n.delay)
	for range failures - 1 {
		d *= max(n.factor, 1)
	}
	if n.maxDelay > 0 {
		d = min(d, float64(n.maxDelay))
	}
	if n.jitter {
		d /= 2
	}
	return time.Duration(d)
}

// sawRun: a run that has ended stays as it ended, and has ended by its rules.
func (w *world) sawRun(id string) {
	seen, err := w.inner.Run(background, id)
	if err != nil {
		return
	}
	r := w.runByID(id)
	before := r.state
	if r.exists && before.Status.Terminal() {
		if before.Status != seen.Status || !reflect.DeepEqual(before.Error, seen.Error) || string(before.Result) != string(seen.Result) || seen.Active {
			w.violate("run %s: it has ended as %+v, and becomes %+v", id, before, seen)
		}
	}
	if r.exists && (before.StartMessageID != seen.StartMessageID || before.BlueprintHash != seen.BlueprintHash) {
		w.violate("run %s: another start takes it over: %+v becomes %+v", id, before, seen)
	}
	if p := w.current; r.exists && before.StartOwner != seen.StartOwner && p.message.original() != seen.StartMessageID {
		w.violate("run %s: the start %s takes over what %s started", id, p.message.id, seen.StartMessageID)
	}
	if seen.Rescues > before.Rescues {
		r.rescues++
		w.sawRescue(r, before)
	}
	r.state, r.exists = seen, true
	if n := len(r.index); n == 0 || r.index[n-1].entry.Active != seen.Active || !r.index[n-1].entry.LastUpdated.Equal(seen.LastUpdated) || r.index[n-1].entry.Rescues != seen.Rescues {
		r.index = append(r.index, indexed[state.Run]{w.now, seen})
	}
	if seen.Status.Terminal() && !before.Status.Terminal() {
		r.finishedAt = w.now
		w.sawEnd(r)
	}
}

// sawRescue: what a rescue has not moved waits twice as long for the next one.
func (w *world) sawRescue(r *run, before state.Run) {
	wait := min(w.timings.stalledAfter<<min(before.Rescues, 10), time.Hour)
	if age := w.now - before.LastUpdated.Sub(epoch); age < wait-2*w.skew {
		w.violate("run %s: its rescue %d comes after %s, want %s", r.id, before.Rescues+1, age, wait)
	}
}

// sawEnd: a run completes when nothing can happen any more, and fails by a
// failure that is recorded.
func (w *world) sawEnd(r *run) {
	v := w.recorded(r)
	switch r.state.Status {
	case flow.Completed:
		for _, n := range v.graph.nodes {
			if f := v.routing(n); f == open || f == led && v.outcome(n) == nil {
				w.violate("run %s completes before %s", r.id, n.id)
			}
		}
	case flow.Failed:
		t, ok := r.records[r.state.Error.NodeID]
		if r.state.Error.Code != state.CodeNoImplementation && (!ok || t.State != flow.TaskFailed || !reflect.DeepEqual(t.Error, r.state.Error)) {
			w.violate("run %s fails by %+v, but of the node is recorded %+v", r.id, r.state.Error, t)
		}
	case flow.Cancelled:
		if !r.asked {
			w.violate("run %s is cancelled, which nobody asked for", r.id)
		}
	}
}

// sawArrival: only what is decided arrives, and nothing that has arrived leaves.
func (w *world) sawArrival(a state.Arrival, join state.Join) {
	r := w.runByID(a.RunID)
	before := r.joins[a.Join.Node]
	if before.First != "" && before.First != join.First {
		w.violate("run %s: the first at the join %s was %s and is %s", r.id, a.Join.Node, before.First, join.First)
	}
	r.joins[a.Join.Node] = join
	v := w.recorded(r)
	target := v.graph.byID[a.Join.Node]
	if target == nil {
		return // the run's end: judged when it ends
	}
	for _, id := range a.Arrived {
		edges, resolved := v.edges(v.graph.byID[id], target)
		if !resolved || (len(edges) > 0) != slices.Contains(a.Taken, id) {
			w.violate("run %s: %s arrives at %s (taken: %v), but recorded is otherwise", r.id, id, target.id, a.Taken)
		}
	}
}
