package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// StatusIsRead is about claims.
const StatusIsRead Invariant = "a worker sees that the run goes on before each of its claims"

// sawStatus records when a process read whether its run is running.
func (w *world) sawStatus(state *state.Run) {
	if p := w.current; p != nil && state != nil {
		p.knew, p.worked, p.fresh = state.Status.Terminal(), 0, true
	}
}

// stepped records that the process has changed a run. Its reading of the status is
// then too old for another claim.
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
