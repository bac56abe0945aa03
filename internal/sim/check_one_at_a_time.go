package sim

// OneAtATime is about starts of node code.
const OneAtATime Invariant = "a node runs in one worker at a time, but for zombies"

func oneAtATime(w *watcher) moments {
	return moments{started: func(s start) {
		for _, other := range s.run.executions[s.node.id] {
			if !other.over && !other.stray && !other.process.zombie && !s.process.zombie && !w.setting.leasesOverlap() {
				w.violate(OneAtATime, "run %s: %s starts in %s while it runs in %s", s.run.id, s.node.id, s.process.name, other.process.name)
			}
		}
	}}
}
