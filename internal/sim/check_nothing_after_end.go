package sim

import "time"

// NothingAfterTheEnd is about starts of node code.
const NothingAfterTheEnd Invariant = "a second after its end a run starts nothing any more"

// nothingAfterTheEnd relies on this: a chain reads the status again before a node
// if it was last read more than a second ago, not counting the time of its
// requests.
func nothingAfterTheEnd(w *watcher) moments {
	return moments{started: func(s start) {
		r, p := s.run, s.process
		if !r.state.Status.Terminal() || p.zombie {
			return
		}
		if p.knew || p.worked > time.Second {
			w.violate(NothingAfterTheEnd, "run %s: %s starts at %s, but the run ended at %s (known: %t), and its status was read %s of work before", r.id, s.node.id, w.scheduler.now, r.finishedAt, p.knew, p.worked)
		}
	}}
}
