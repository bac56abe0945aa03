package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// LocksExclude is about the locks of reconcilers.
const LocksExclude Invariant = "a lock has one holder at a time, and is free without one"

// lockState is a lock that is held, as far as the watcher has seen.
type lockState struct {
	owner string
	until time.Duration
}

func locksExclude(w *watcher) moments {
	locked := map[string]lockState{} // by key
	return moments{
		locked: func(s lockSeen) {
			now, tolerance := w.scheduler.now, 2*w.setting.skew
			held, ok := locked[s.key]
			if s.given && ok && held.owner != s.owner && held.until > now+tolerance {
				w.violate(LocksExclude, "%s is given to %s although %s holds it", s.key, s.owner, held.owner)
			}
			if !s.given && (!ok || held.until < now-tolerance) {
				w.violate(LocksExclude, "%s is refused although nobody holds it", s.key)
			}
			if s.given {
				locked[s.key] = lockState{s.owner, now + s.ttl}
			}
		},
		released: func(key, owner string) {
			if held := locked[key]; held.owner != owner {
				w.violate(LocksExclude, "%s is given back by %s although %s holds it", key, owner, held.owner)
			}
			delete(locked, key)
		},
		rested: func() { locksAreFree(w) },
	}
}

// locksAreFree checks that at the end only a reconciler that was killed still holds
// a lock.
func locksAreFree(w *watcher) {
	hits := w.faults.hits
	grief := hits[fault.ReconcilerCrash] + hits[fault.ReconcilerSlow] + hits[fault.ReconcilerRefused] + hits[fault.StaleLock] + hits[fault.Storm] + hits[fault.Throttled]
	if n := w.locks.inner.Held(); n > 0 && grief == 0 && !w.setting.slow {
		w.violate(LocksExclude, "%d are still held", n)
	}
}
