package sim

import (
	"reflect"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// CommitsOnce is about a task's record.
const CommitsOnce Invariant = "an outcome is committed once and never changes"

func (w *world) checkCommitsOnce(r *run, before, after state.TaskRecord) {
	if before.State.Committed() && !reflect.DeepEqual(before, after) {
		w.violate(CommitsOnce, "run %s: %s was %s and becomes %s", r.id, after.Name(), recordText(before), recordText(after))
	}
}
