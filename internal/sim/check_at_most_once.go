package sim

// AtMostOnce is about at-most-once nodes.
const AtMostOnce Invariant = "an at-most-once node starts once in each of its attempts"

func atMostOnce(w *watcher) moments {
	return moments{started: func(s start) {
		for _, other := range s.run.executions[s.node.id] {
			if s.node.once && other.attempt == s.attempt {
				w.violate(AtMostOnce, "run %s: %s starts a second time in attempt %d", s.run.id, s.node.id, s.attempt)
			}
		}
	}}
}
