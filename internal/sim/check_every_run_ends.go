package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// EveryRunEnds is the promise of the engine.
const EveryRunEnds Invariant = "every run that was started ends, in a bounded time after the last fault"

// maxSteps is the number of events after which a world counts as one that never
// comes to rest.
const maxSteps = 200_000

func (w *world) checkComesToRest() bool {
	if w.steps > maxSteps {
		w.violate(EveryRunEnds, "%d events, %d messages waiting", w.steps, w.queued)
	}
	return w.steps <= maxSteps
}

func (w *world) checkInTime() bool {
	if w.now > w.bound() {
		w.violate(EveryRunEnds, "there is no end %s after the last fault", w.now-w.lastFault)
	}
	return w.now <= w.bound()
}

// bound returns the time by which a run must have ended: a few rescues after the
// last fault, and after all its delays.
func (w *world) bound() time.Duration {
	bound := 6*time.Hour + w.lastFault
	if w.others > 0 { // each rescue takes an hour
		bound += 6 * time.Hour
	}
	for _, n := range w.graph.nodes {
		for attempt := 1; attempt <= min(n.fails, n.attempts); attempt++ {
			bound += 2*n.wait(attempt) + w.timings.stalledAfter
		}
	}
	return bound
}

// checkRunHasEnded checks a run at the end, and reports whether it has ended.
func (w *world) checkRunHasEnded(r *run) bool {
	switch {
	case !r.exists && w.allStartsLost(r):
		return false
	case !r.exists:
		w.violate(EveryRunEnds, "run %s: it was started, but does not exist", r.id)
		return false
	case !r.state.Status.Terminal():
		w.violate(EveryRunEnds, "run %s: it is %s, and nothing happens any more", r.id, r.state.Status)
		return false
	case r.state.Active:
		w.violate(EveryRunEnds, "run %s: it is %s and still in the index of active runs", r.id, r.state.Status)
	}
	return true
}

func (w *world) allStartsLost(r *run) bool {
	lost := 0
	for _, m := range w.deadLetters {
		if m.body.Type == flow.TypeStart {
			lost++
		}
	}
	return w.reconciling && lost >= len(r.inputs)
}
