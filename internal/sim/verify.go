package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// verify judges a world that has come to rest.
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

// verifyRun compares a run that has ended with the reference; its report, which
// costs as much again, in some of the worlds.
func (w *world) verifyRun(r *run) {
	ref := newReference(w.graphOf(r), w.seed, r.id, r.inputs[r.state.StartMessageID], judge{w, r})
	w.checkMatchesReference(r, ref)
	if r.state.Status == flow.Completed && w.seed%4 == 0 {
		w.checkReport(r, ref)
	}
}
