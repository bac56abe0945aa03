package sim

import (
	"reflect"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// EndsOnce is about a run's item.
const EndsOnce Invariant = "a run that has ended stays as it ended, out of the index"

func (w *world) checkEndsOnce(r *run, before, after state.Run) {
	if !before.Status.Terminal() {
		return
	}
	if before.Status != after.Status || !reflect.DeepEqual(before.Error, after.Error) || string(before.Result) != string(after.Result) || after.Active {
		w.violate(EndsOnce, "run %s: it has ended as %s and becomes %s", r.id, runText(before), runText(after))
	}
}
