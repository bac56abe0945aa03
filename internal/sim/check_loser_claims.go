package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// LoserClaims is about commits that another worker's commit has beaten.
const LoserClaims Invariant = "a worker that has lost its commit goes on only by a claim"

// sawOwner records whether the process has lost a commit, or claimed something
// since.
func (w *world) sawOwner(claimed bool, owner string, stored state.TaskRecord) {
	p := w.current
	if p == nil {
		return
	}
	if mine := stored.Owner == owner; claimed && mine {
		p.beaten = false
	} else if !claimed && !mine {
		p.beaten = true
	}
}

func (w *world) checkLoserClaims(r *run, n *node, p *process) {
	if p.beaten {
		w.violate(LoserClaims, "run %s: %s starts unclaimed in %s", r.id, n.id, p.name)
	}
}
