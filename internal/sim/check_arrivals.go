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
		return // the run's end: checked when it ends
	}
	for _, number := range a.Arrived {
		source := target.sources[number]
		edges, resolved := v.edges(source, target)
		if !resolved || (len(edges) > 0) != slices.Contains(a.Taken, number) {
			w.violate(ArrivalsAreDecided, "run %s: %s arrives at %s as number %d (taken: %v), but recorded is otherwise", r.id, source.id, target.id, number, a.Taken)
		}
	}
}
