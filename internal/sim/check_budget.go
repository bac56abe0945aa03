package sim

// WithinBudget is about the cost of a world.
const WithinBudget Invariant = "requests and messages are linear in the blueprint's size, per run and fault"

func (w *world) checkBudget() {
	nodes := len(w.graph.nodes)
	size := 4 + nodes + len(w.graph.edges)
	faults := 1
	for kind, hits := range w.hits {
		if !kind.Circumstance() {
			faults += hits
		}
	}
	attempts := 0
	for _, n := range w.graph.nodes {
		attempts += min(n.kills, maxStarts) + n.fails
	}
	runs := len(w.runs)
	if limit := 3 * runs * (size*faults + 4*attempts); w.requests-w.tickRequests > limit {
		w.violate(WithinBudget, "%d requests, of %d allowed", w.requests-w.tickRequests, limit)
	}
	limit := runs * (nodes + attempts + 2 + faults*(2+nodes/4)) * 3 / 2
	if w.sent-w.rescued > limit {
		w.violate(WithinBudget, "%d messages, of %d allowed", w.sent-w.rescued, limit)
	}
}
