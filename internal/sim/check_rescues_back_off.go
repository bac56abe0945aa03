package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// RescuesBackOff is about the reconciler.
const RescuesBackOff Invariant = "each rescue that moves nothing doubles the wait for the next one, up to an hour"

func (w *world) checkRescueBacksOff(r *run, before state.Run) {
	wait := min(w.timings.stalledAfter<<min(before.Rescues, 10), time.Hour)
	if age := w.now - before.LastUpdated.Sub(epoch); age < wait-2*w.skew {
		w.violate(RescuesBackOff, "run %s: its rescue %d comes after %s, want %s", r.id, before.Rescues+1, age, wait)
	}
}
