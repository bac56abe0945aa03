package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// StatusIsRead is about claims.
const StatusIsRead Invariant = "a worker sees that the run goes on before each of its claims"

// sawStatus notes when a process learned whether its run goes on.
func (w *world) sawStatus(state *state.Run) {
	if p := w.current; p != nil && state != nil {
		p.knew, p.worked, p.fresh = state.Status.Terminal(), 0, true
	}
}

// stepped: the process has changed something of a run. Its reading of the status
// is too old now for another claim.
func (w *world) stepped() {
	if p := w.current; p != nil {
		p.fresh = false
	}
}

func (w *world) checkStatusIsRead(claim state.Claim) {
	if p := w.current; p != nil && !p.fresh {
		w.violate(StatusIsRead, "run %s: %s claims %s without having looked", claim.RunID, p.name, claim.Name())
	}
}
