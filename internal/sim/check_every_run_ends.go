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

// comesToRest checks the number of events.
func comesToRest(w *watcher) bool {
	if w.scheduler.steps > maxSteps && (w.queue.waiting > 0 || !w.runs.ended()) {
		w.violate(EveryRunEnds, "%d events, %d messages waiting", w.scheduler.steps, w.queue.waiting)
	}
	return w.scheduler.steps <= maxSteps
}

// endsInTime checks a world in which something still goes on.
func endsInTime(w *watcher) bool {
	now, limit := w.scheduler.now, bound(w)
	if now > limit {
		w.violate(EveryRunEnds, "there is no end %s after the last fault", now-w.faults.last)
	}
	return now <= limit
}

// bound returns the time by which a run must have ended: a few rescues after the
// last fault, and after all its delays.
func bound(w *watcher) time.Duration {
	bound := 6*time.Hour + w.faults.last
	if w.queue.others > 0 { // each rescue takes an hour
		bound += 6 * time.Hour
	}
	for _, g := range w.setting.graphs() {
		for _, n := range g.nodes {
			for attempt := 1; attempt <= min(n.fails, n.attempts); attempt++ {
				bound += 2*n.wait(attempt) + w.setting.timings.stalledAfter
			}
		}
	}
	return bound
}

// hasEnded checks a run at the end, and reports whether it has ended.
func hasEnded(w *watcher, r *run) bool {
	switch {
	case !r.exists && allStartsLost(w, r):
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

func allStartsLost(w *watcher, r *run) bool {
	lost := 0
	for _, m := range w.queue.deadLetters {
		if m.body.Type == flow.TypeStart {
			lost++
		}
	}
	return w.setting.reconciling && lost >= len(r.inputs)
}
