package sim

import "time"

// NothingAfterTheEnd is about starts of node code.
const NothingAfterTheEnd Invariant = "a second after its end a run starts nothing any more"

// checkNothingAfterEnd relies on this: a chain reads the status again before a node
// if it was last read more than a second ago, not counting the time of its
// requests.
func (w *world) checkNothingAfterEnd(r *run, n *node, p *process) {
	if !r.state.Status.Terminal() || p.zombie {
		return
	}
	if p.knew || p.worked > time.Second {
		w.violate(NothingAfterTheEnd, "run %s: %s starts at %s, but the run ended at %s (known: %t), and its status was read %s of work before", r.id, n.id, w.now, r.finishedAt, p.knew, p.worked)
	}
}
