package sim

import (
	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// judge is the reference's oracle: where the blueprint leaves the result open, it
// takes the recorded one, and checks that it is possible.
type judge struct {
	*world
	run *run
}

func (j judge) firedBy(n *node) *node {
	return j.firing(j.run, n)
}

// given takes the result of a nondeterministic node from its record: it must be
// that of one of its executions. The worker may have died of an at-most-once node,
// and of any node that was started as often as allowed.
func (j judge) given(n *node) (*decided, bool) {
	g := j.graphOf(j.run)
	recorded := j.run.decided(g, n)
	t := j.run.records[n.id]
	if recorded != nil && recorded.failed && recorded.code == state.CodeWorkerDied && (n.once || t.Starts > maxStarts) && n.kills < maxStarts {
		if j.disturbances() == 0 {
			j.violate(MatchesReference, "run %s: %s failed by a dead worker, but none died", j.run.id, n.id)
		}
		return recorded, true
	}
	if !n.nondeterministic || recorded == nil || recorded.failed {
		return nil, false
	}
	for _, e := range j.run.executions[n.id] {
		if r := e.result; r != nil && r.err == nil && r.action == recorded.action && same(r.output, recorded.output) {
			return &decided{result: *r, failures: recorded.failures}, true
		}
	}
	j.violate(MatchesReference, "run %s: the outcome of %s is none that its code has come to: %s", j.run.id, n.id, recordText(t))
	return nil, false
}

// disturbances returns the number of faults that can cost a start.
func (w *world) disturbances() int {
	n := w.hits[fault.NodeCrash]
	for kind, hits := range w.hits {
		if costly(kind) {
			n += hits
		}
	}
	return n
}
