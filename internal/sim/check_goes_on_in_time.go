package sim

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// GoesOnInTime is about every step of a run.
const GoesOnInTime Invariant = "a run goes on within the bounds that are published for the faults that hit"

// goesOnInTime measures the time between two steps of a run, from the last fault on,
// or from the time at which the last of its retries was due, or the queue was drained.
func goesOnInTime(w *watcher) moments {
	last := map[*run]time.Duration{}
	step := func(r *run) {
		now := w.scheduler.now
		from, known := last[r]
		if known && r.exists && !r.state.Status.Terminal() {
			if waited, bound := now-max(from, w.faults.last, dueOf(r), w.delivery.drained()), undisturbed(w)+boundOf(w.setting, w.faults.hits); waited > bound {
				w.violate(GoesOnInTime, "run %s: %s pass, of %s allowed", r.id, waited, bound)
			}
		}
		last[r] = now
	}
	return moments{
		started: func(s start) { step(s.run) },
		task:    func(t taskSeen) { step(t.run) },
		arrived: func(s arrivalSeen) { step(s.run) },
		changed: func(s runSeen) { step(s.run) },
	}
}

// dueOf returns the latest time at which one of the run's attempts is due.
func dueOf(r *run) (due time.Duration) {
	for _, t := range r.records {
		if t.State == flow.TaskRetrying {
			due = max(due, t.DueAt.Sub(epoch))
		}
	}
	return due
}

// undisturbed is the longest time between two steps of a run without a fault: that of a
// node and its requests, and of a timer, which a tick turns into a message. In a queue
// that is never empty a message may be missed for an hour.
func undisturbed(w *watcher) time.Duration {
	t := w.setting.timings
	bound := w.setting.longest() + w.store.lag + time.Minute
	if slices.ContainsFunc(w.setting.graphs(), (*graph).patient) {
		bound += 2 * t.tick
	}
	if w.setting.reconciling && (w.queue.others > 0 || w.setting.rescueLimit < 10) {
		bound += 2 * time.Hour
	}
	return bound
}
