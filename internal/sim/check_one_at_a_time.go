package sim

// OneAtATime is about starts of node code.
const OneAtATime Invariant = "a node runs in one worker at a time, but for zombies"

// oneAtATime spares invented jobs: a job that nobody has sent may begin a task that runs
// without a claim elsewhere, as soon as it has been led to.
func oneAtATime(w *watcher) moments {
	return moments{started: func(s start) {
		for _, other := range s.run.executions[s.node.id] {
			if !other.over && !other.stray && !other.process.zombie && !s.process.zombie && !w.setting.leasesOverlap() && !s.process.message.invented && !other.process.message.invented {
				w.violate(OneAtATime, "run %s: %s starts in %s while it runs in %s", s.run.id, s.node.id, s.process.name, other.process.name)
			}
		}
	}}
}
