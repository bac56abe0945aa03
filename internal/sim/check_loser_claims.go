package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// LoserClaims is about commits that another worker's commit has beaten.
const LoserClaims Invariant = "a worker that has lost its commit goes on only by a claim"

func loserClaims(w *watcher) moments {
	return moments{started: func(s start) {
		if s.process.beaten {
			w.violate(LoserClaims, "run %s: %s starts unclaimed in %s", s.run.id, s.node.id, s.process.name)
		}
	}}
}

// sawOwner records whether the process has lost a commit, or claimed something
// since.
func (p *process) sawOwner(claimed bool, owner string, stored state.TaskRecord) {
	if p == nil {
		return
	}
	if mine := stored.Owner == owner; claimed && mine {
		p.beaten = false
	} else if !claimed && !mine {
		p.beaten = true
	}
}
