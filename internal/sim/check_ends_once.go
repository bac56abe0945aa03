package sim

import "reflect"

// EndsOnce is about a run's item.
const EndsOnce Invariant = "a run that has ended stays as it ended, out of the index"

func endsOnce(w *watcher) moments {
	return moments{changed: func(s runSeen) {
		before, after := s.before, s.after
		if !before.Status.Terminal() {
			return
		}
		if before.Status != after.Status || !reflect.DeepEqual(before.Error, after.Error) || string(before.Result) != string(after.Result) || after.Active {
			w.violate(EndsOnce, "run %s: it has ended as %s and becomes %s", s.run.id, runText(before), runText(after))
		}
	}}
}
