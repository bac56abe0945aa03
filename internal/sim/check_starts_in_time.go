package sim

import "time"

// StartsInTime is about starts of node code.
const StartsInTime Invariant = "a node starts only where its whole timeout is left"

// Beyond a node's timeout, a message keeps the engine's reserve; requests between
// the decision to begin and the beginning may have used up some of it.
const (
	reserve     = 3 * time.Second
	twoRequests = 4 * time.Second
)

func startsInTime(w *watcher) moments {
	return moments{started: func(s start) {
		p := s.process
		if left := p.worksUntil - w.scheduler.now; !p.hindered && !p.zombie && left < w.setting.timings.node+reserve-twoRequests {
			w.violate(StartsInTime, "run %s: %s starts %s before its worker's end", s.run.id, s.node.id, left)
		}
	}}
}
