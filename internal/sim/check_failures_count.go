package sim

// FailuresCount is about a task's record.
const FailuresCount Invariant = "failed attempts are counted one by one"

func failuresCount(w *watcher) moments {
	return moments{task: func(t taskSeen) {
		if before, after := t.before.Failures, t.after.Failures; after < before || after > before+1 {
			w.violate(FailuresCount, "run %s: the failures of %s go from %d to %d", t.run.id, t.after.Name(), before, after)
		}
	}}
}
