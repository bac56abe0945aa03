package sim

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ArrivalsAreDecided is about joins.
const ArrivalsAreDecided Invariant = "a source arrives at a join as its recorded outcome decides"

func (w *world) checkArrival(r *run, a state.Arrival) {
	v := w.recorded(r)
	target := v.graph.byID[a.Join.Node]
	if target == nil {
		return // the run's end: judged when it ends
	}
	for _, id := range a.Arrived {
		edges, resolved := v.edges(v.graph.byID[id], target)
		if !resolved || (len(edges) > 0) != slices.Contains(a.Taken, id) {
			w.violate(ArrivalsAreDecided, "run %s: %s arrives at %s (taken: %v), but recorded is otherwise", r.id, id, target.id, a.Taken)
		}
	}
}
