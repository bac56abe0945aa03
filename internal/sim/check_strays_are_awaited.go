package sim

// StraysAreAwaited is about code that ignores the end of its context.
const StraysAreAwaited Invariant = "at-most-once code never starts in a process in which its earlier attempt goes on"

func straysAreAwaited(w *watcher) moments {
	return moments{started: func(s start) {
		for _, other := range s.run.executions[s.node.id] {
			if s.node.once && other.stray && other.engine == s.process.engine {
				w.violate(StraysAreAwaited, "run %s: %s starts in %s", s.run.id, s.node.id, s.process.name)
			}
		}
	}}
}
