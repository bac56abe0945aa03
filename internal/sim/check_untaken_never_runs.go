package sim

// UntakenNeverRuns is about starts of node code.
const UntakenNeverRuns Invariant = "node code runs only where recorded decisions lead"

func (w *world) checkUntakenNeverRuns(r *run, n *node) {
	if f := w.recorded(r).routing(n); f != led {
		w.violate(UntakenNeverRuns, "run %s: %s starts, but nothing recorded leads to it: it is %s", r.id, n.id, f)
	}
}
