package sim

import "strings"

// WithinBudget is about the cost of a world.
const WithinBudget Invariant = "requests and messages are linear in the blueprint's size, per run and fault"

func withinBudget(w *watcher) moments {
	vain := 0 // messages whose turn has not come: the worker's other messages, and code, decide on these
	return moments{settled: func(p *process) {
		if p.waited {
			vain++
		}
	}, returned: func(_ *process, err error) {
		if strings.Contains(err.Error(), "the code of an earlier attempt still runs") {
			vain++
		}
	}, rested: func() {
		nodes, size, attempts := 0, 0, 0
		for _, g := range w.setting.graphs() {
			nodes, size = max(nodes, len(g.nodes)), max(size, 4+len(g.nodes)+len(g.edges))
			attempts = max(attempts, attemptsOf(g))
		}
		runs, faults := w.lives()*len(w.runs.runs), 1+harmful(w.faults.hits)
		requests := w.wire.requests - w.wire.tickRequests - perWait*vain
		if w.setting.rescueLimit < nodes { // it takes more rescues, of random tasks
			requests -= perWait * w.rescued
		}
		if limit := 3 * runs * (size*faults + 4*attempts); requests > limit {
			w.violate(WithinBudget, "%d requests, of %d allowed", requests, limit)
		}
		messages := w.queue.sent - w.rescued - vain
		if limit := runs * (nodes + attempts + 2 + faults*(2+nodes/4)) * 3 / 2; messages > limit {
			w.violate(WithinBudget, "%d messages, of %d allowed", messages, limit)
		}
	}}
}

// perWait is the number of requests of a message whose turn does not come.
const perWait = 10

// attemptsOf counts the attempts of a graph's nodes that fail, or kill their worker.
func attemptsOf(g *graph) (attempts int) {
	for _, n := range g.nodes {
		attempts += min(n.kills, maxStarts) + n.fails
	}
	return attempts
}
