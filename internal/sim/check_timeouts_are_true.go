package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// TimeoutsAreTrue is about failed attempts.
const TimeoutsAreTrue Invariant = "an attempt fails as too long only if its code has used up the node's timeout"

// timeoutsAreTrue also keeps those attempts for the comparison with the reference.
func timeoutsAreTrue(w *watcher) moments {
	return moments{task: func(t taskSeen) {
		after := t.after
		if after.Failures == t.before.Failures || after.Error == nil || after.Error.Code != flow.CodeTimeout {
			return
		}
		for _, e := range t.run.executions[after.Node] {
			if e.attempt == after.Failures && e.stray {
				t.run.timeouts[attemptOf{after.Node, e.attempt}] = true
				return
			}
		}
		w.violate(TimeoutsAreTrue, "run %s: %s", t.run.id, recordText(after))
	}}
}
