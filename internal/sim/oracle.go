package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// judge is the reference's oracle: where the blueprint leaves the result open, it
// takes the recorded one, and checks that it is possible.
type judge struct {
	watcher *watcher
	run     *run
}

func (j judge) firedBy(n *node) *node {
	return firing(j.watcher, j.run, n)
}

// given takes the result of a nondeterministic node from its record: it must be
// that of one of its executions. The worker may have died of an at-most-once node,
// and of any node that was started as often as allowed.
func (j judge) given(n *node) (*decided, bool) {
	g := j.watcher.setting.graphOf(j.run)
	recorded := j.run.decided(g, n)
	t := j.run.records[n.id]
	if recorded != nil && recorded.failed && recorded.code == state.CodeWorkerDied && (n.once || t.Starts > maxStarts) && n.kills < maxStarts {
		if died := j.deaths(n); j.watcher.faults.disturbances() == 0 || n.once && died == 0 && j.watcher.faults.oneRequest() || !n.once && died < maxStarts-1 {
			j.watcher.violate(MatchesReference, "run %s: %s failed by a dead worker, but %d died", j.run.id, n.id, died)
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
	j.watcher.violate(MatchesReference, "run %s: the outcome of %s is none that its code has come to: %s", j.run.id, n.id, recordText(t))
	return nil, false
}

// timedOut reports whether the attempt of a node exceeded its timeout, by the record.
func (j judge) timedOut(n *node, attempt int) bool { return j.run.timeouts[attemptOf{n.id, attempt}] }

// deaths counts the workers that died, or whose time was up, while they ran the node or
// before they could record its outcome. One of them may have run another node: a replay
// cannot know.
func (j judge) deaths(n *node) (died int) {
	for _, e := range j.run.executions[n.id] {
		if e.process.dead || e.process.zombie || !e.over || e.unrecorded {
			died++
		}
	}
	return died
}
