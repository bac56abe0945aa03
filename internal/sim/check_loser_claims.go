package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// LoserClaims is about commits that another worker's commit has beaten.
const LoserClaims Invariant = "a worker that has lost its commit goes on only by a claim"

func loserClaims(w *watcher) moments {
	return moments{started: func(s start) {
		lost := w.setting.graphOf(s.run).byID[s.process.beaten]
		if lost != nil && s.node.before[lost] { // other tasks may be in its hands, too
			w.violate(LoserClaims, "run %s: %s starts unclaimed in %s, after the lost commit of %s", s.run.id, s.node.id, s.process.name, lost.id)
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
		p.beaten = ""
	} else if !claimed && !mine {
		p.beaten = stored.Node
	}
}
