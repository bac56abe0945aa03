package sim

// AtMostOnce is about at-most-once nodes.
const AtMostOnce Invariant = "an at-most-once node starts once in each of its attempts"

func (w *world) checkAtMostOnce(r *run, n *node, attempt int) {
	for _, other := range r.executions[n.id] {
		if n.once && other.attempt == attempt {
			w.violate(AtMostOnce, "run %s: %s starts a second time in attempt %d", r.id, n.id, attempt)
		}
	}
}
