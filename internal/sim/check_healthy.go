package sim

import (
	"slices"
	"time"
)

// HealthyIsLeftAlone is about the reconciler.
const HealthyIsLeftAlone Invariant = "a reconciler does nothing to a healthy world"

func (w *world) checkHealthyIsLeftAlone() {
	if !w.healthy() {
		return
	}
	for _, r := range w.runs {
		if r.rescues > 0 {
			w.violate(HealthyIsLeftAlone, "run %s: it is rescued %d times, although all that waits comes by itself", r.id, r.rescues)
		}
	}
	if !w.waits() && w.tickWrites+w.rescued > 0 {
		w.violate(HealthyIsLeftAlone, "%d writes, %d messages", w.tickWrites, w.rescued)
	}
}

// healthy reports whether no fault occurs, and no run at work counts as stalled.
func (w *world) healthy() bool {
	for kind := range w.hits {
		if !kind.Circumstance() {
			return false
		}
	}
	return w.plain || w.timings.stalledAfter == 5*time.Minute
}

// waits reports whether a retry may wait as long as a run takes to count as
// stalled.
func (w *world) waits() bool {
	return slices.ContainsFunc(w.graph.nodes, func(n *node) bool { return n.wait(n.attempts) > time.Minute })
}
