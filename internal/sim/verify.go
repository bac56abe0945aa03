package sim

// verify checks a world that has come to rest.
func (w *watcher) verify() {
	for _, r := range w.runs.runs {
		if hasEnded(w, r) {
			w.verifyRun(r)
		}
	}
	w.rested()
}

// rested is called when the world has come to rest.
func (w *watcher) rested() {
	for _, c := range w.checks {
		if c.rested != nil {
			c.rested()
		}
	}
}

// verifyRun compares an ended run with the reference, unless a job that nobody has sent
// performed a task of it: that may have come between an outcome and its context writes.
func (w *watcher) verifyRun(r *run) {
	if r.invented {
		return
	}
	ref := newReference(w.setting.graphOf(r), w.setting.seed, r.id, r.inputs[r.state.StartMessageID], judge{w, r})
	for _, c := range w.checks {
		if c.compared != nil {
			c.compared(r, ref)
		}
	}
}
