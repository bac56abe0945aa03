package sim

import "time"

// RescuesBackOff is about the reconciler.
const RescuesBackOff Invariant = "each rescue that moves nothing doubles the wait for the next one, up to an hour"

func rescuesBackOff(w *watcher) moments {
	return moments{changed: func(s runSeen) {
		before := s.before
		if s.after.Rescues <= before.Rescues {
			return
		}
		wait := min(w.setting.timings.stalledAfter<<min(before.Rescues, 10), time.Hour)
		if age := w.scheduler.now - before.LastUpdated.Sub(epoch); age < wait-2*w.setting.skew {
			w.violate(RescuesBackOff, "run %s: its rescue %d comes after %s, want %s", s.run.id, before.Rescues+1, age, wait)
		}
	}}
}
