package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// LocksExclude is about the locks of reconcilers.
const LocksExclude Invariant = "a lock has one holder at a time, and is free without one"

type lockState struct {
	owner string
	until time.Duration
}

func (w *world) sawLock(key, owner string, ttl time.Duration, given bool) {
	held, ok := w.held[key]
	if given && ok && held.owner != owner && held.until > w.now+2*w.skew {
		w.violate(LocksExclude, "%s is given to %s although %s holds it", key, owner, held.owner)
	}
	if !given && ok && held.until < w.now-2*w.skew || !given && !ok {
		w.violate(LocksExclude, "%s is refused although it is free", key)
	}
	if given {
		w.held[key] = lockState{owner, w.now + ttl}
	}
}

func (w *world) sawRelease(key, owner string, released bool) {
	if held := w.held[key]; released && held.owner != owner {
		w.violate(LocksExclude, "%s is given back by %s although %s holds it", key, owner, held.owner)
	}
	if released {
		delete(w.held, key)
	}
}

// checkLocksAreFree checks that at the end only a reconciler that was killed still
// holds a lock.
func (w *world) checkLocksAreFree() {
	grief := w.hits[fault.ReconcilerCrash] + w.hits[fault.ReconcilerSlow] + w.hits[fault.ReconcilerRefused] + w.hits[fault.StaleLock]
	if n := w.locks.Held(); n > 0 && grief == 0 && !w.slow {
		w.violate(LocksExclude, "%d are still held", n)
	}
}
