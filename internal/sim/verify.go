package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// verify checks a world that has come to rest.
func (w *world) verify() {
	for _, r := range w.runs {
		if w.checkRunHasEnded(r) {
			w.verifyRun(r)
		}
	}
	w.checkNothingIsLeft()
	w.checkLocksAreFree()
	w.checkBudget()
	w.checkHealthyIsLeftAlone()
}

// verifyRun compares an ended run with the reference; in some of the worlds also
// its report, which costs as much again.
func (w *world) verifyRun(r *run) {
	ref := newReference(w.graphOf(r), w.seed, r.id, r.inputs[r.state.StartMessageID], judge{w, r})
	w.checkMatchesReference(r, ref)
	if r.state.Status == flow.Completed && w.seed%4 == 0 {
		w.checkReport(r, ref)
	}
}
