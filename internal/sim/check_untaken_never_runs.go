package sim

// UntakenNeverRuns is about starts of node code.
const UntakenNeverRuns Invariant = "node code runs only where recorded decisions lead"

func untakenNeverRuns(w *watcher) moments {
	return moments{started: func(s start) {
		if f := w.setting.recorded(s.run).routing(s.node); f != led {
			w.violate(UntakenNeverRuns, "run %s: %s starts, but nothing recorded leads to it: it is %s", s.run.id, s.node.id, f)
		}
	}}
}
