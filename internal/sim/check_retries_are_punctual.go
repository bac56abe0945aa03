package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// RetriesArePunctual is about retries.
const RetriesArePunctual Invariant = "a retry does not start before it is due"

// noteRetry records the delay that the blueprint sets before the next attempt.
func (w *world) noteRetry(r *run, before, after state.TaskRecord) {
	if after.State != flow.TaskRetrying || after.Failures <= before.Failures {
		return
	}
	n := w.graphOf(r).byID[after.Node]
	if r.retryAt[n.id] == nil {
		r.retryAt[n.id] = map[int]time.Duration{}
	}
	next := after.Failures + 1
	w.checkAttempt(r, n, next)
	r.retryAt[n.id][next] = after.FinishedAt.Sub(epoch) + n.wait(after.Failures)
}

func (w *world) checkRetryIsPunctual(r *run, n *node, attempt int) {
	if due := r.retryAt[n.id][attempt]; w.now < due-2*w.skew {
		w.violate(RetriesArePunctual, "run %s: %s starts its attempt %d at %s, due at %s", r.id, n.id, attempt, w.now, due)
	}
}

// wait returns the shortest delay that the policy allows after so many failures.
func (n *node) wait(failures int) time.Duration {
	d := float64(n.delay)
	for range failures - 1 {
		d *= max(n.factor, 1)
	}
	if n.maxDelay > 0 {
		d = min(d, float64(n.maxDelay))
	}
	if n.jitter {
		d /= 2
	}
	return time.Duration(d)
}
