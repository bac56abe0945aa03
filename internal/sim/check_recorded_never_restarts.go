package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// RecordedNeverRestarts is about starts of node code.
const RecordedNeverRestarts Invariant = "a node whose outcome is recorded does not start again, but in a zombie"

func (w *world) checkRecordedNeverRestarts(r *run, n *node, p *process) {
	if r.decided(w.graphOf(r), n) != nil && !p.zombie && !w.leasesOverlap() {
		w.violate(RecordedNeverRestarts, "run %s: %s starts in %s", r.id, n.id, p.name)
	}
}

// leasesOverlap reports whether clocks differ so much that a lease expires for one
// worker while it is live for another. That may cause a second start, but no second
// outcome.
func (w *world) leasesOverlap() bool { return 2*w.skew > state.Skew }
