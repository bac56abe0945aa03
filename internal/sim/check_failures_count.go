package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// FailuresCount is about a task's record.
const FailuresCount Invariant = "failed attempts are counted one by one"

func (w *world) checkFailuresCount(r *run, before, after state.TaskRecord) {
	if after.Failures < before.Failures || after.Failures > before.Failures+1 {
		w.violate(FailuresCount, "run %s: the failures of %s go from %d to %d", r.id, after.Name(), before.Failures, after.Failures)
	}
}
