package sim

// WithinBudget is about the cost of a world.
const WithinBudget Invariant = "requests and messages are linear in the blueprint's size, per run and fault"

func withinBudget(w *watcher) moments {
	return moments{rested: func() {
		g := w.setting.graph
		nodes, runs := len(g.nodes), len(w.runs.runs)
		size := 4 + nodes + len(g.edges)
		faults := 1 + harmful(w.faults.hits)
		attempts := 0
		for _, n := range g.nodes {
			attempts += min(n.kills, maxStarts) + n.fails
		}
		requests := w.wire.requests - w.wire.tickRequests
		if limit := 3 * runs * (size*faults + 4*attempts); requests > limit {
			w.violate(WithinBudget, "%d requests, of %d allowed", requests, limit)
		}
		messages := w.queue.sent - w.rescued
		if limit := runs * (nodes + attempts + 2 + faults*(2+nodes/4)) * 3 / 2; messages > limit {
			w.violate(WithinBudget, "%d messages, of %d allowed", messages, limit)
		}
	}}
}
