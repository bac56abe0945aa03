package sim

import "reflect"

// CommitsOnce is about a task's record.
const CommitsOnce Invariant = "an outcome is committed once and never changes"

func commitsOnce(w *watcher) moments {
	return moments{task: func(t taskSeen) {
		if t.before.State.Committed() && !reflect.DeepEqual(t.before, t.after) {
			w.violate(CommitsOnce, "run %s: %s was %s and becomes %s", t.run.id, t.after.Name(), recordText(t.before), recordText(t.after))
		}
	}}
}
