package sim

// OneAtATime is about starts of node code.
const OneAtATime Invariant = "a node runs in one worker at a time, but for zombies"

func (w *world) checkOneAtATime(r *run, n *node, p *process) {
	for _, other := range r.executions[n.id] {
		if !other.over && !other.process.zombie && !p.zombie && !w.leasesOverlap() {
			w.violate(OneAtATime, "run %s: %s starts in %s while it runs in %s", r.id, n.id, p.name, other.process.name)
		}
	}
}
