package sim

import (
	"slices"
	"time"
)

// HealthyIsLeftAlone is about the reconciler.
const HealthyIsLeftAlone Invariant = "a reconciler does nothing to a healthy world"

func healthyIsLeftAlone(w *watcher) moments {
	return moments{rested: func() {
		if !healthy(w) {
			return
		}
		for _, r := range w.runs.runs {
			if r.rescues > 0 {
				w.violate(HealthyIsLeftAlone, "run %s: it is rescued %d times, although all that waits comes by itself", r.id, r.rescues)
			}
		}
		if !slices.ContainsFunc(w.setting.graphs(), waits) && w.store.tickWrites+w.rescued > 0 {
			w.violate(HealthyIsLeftAlone, "%d writes, %d messages", w.store.tickWrites, w.rescued)
		}
	}}
}

// healthy reports whether no fault occurs, and no run at work counts as stalled.
func healthy(w *watcher) bool {
	return harmful(w.faults.hits) == 0 && (w.setting.plain || w.setting.timings.stalledAfter == 5*time.Minute)
}

// waits reports whether a retry may wait as long as a run takes to count as
// stalled.
func waits(g *graph) bool {
	return slices.ContainsFunc(g.nodes, func(n *node) bool { return n.wait(n.attempts) > time.Minute })
}
