package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// StatusIsRead is about claims.
const StatusIsRead Invariant = "a worker sees that the run goes on before each of its claims"

// sawStatus records that a process has read whether its run is running.
func (p *process) sawStatus(run *state.Run) {
	if p != nil && run != nil {
		p.knew, p.worked, p.fresh = run.Status.Terminal(), 0, true
	}
}

// stepped records that the process has changed a run. Its reading of the status is
// then too old for another claim.
func (p *process) stepped() {
	if p != nil {
		p.fresh = false
	}
}

func checkStatusIsRead(w *watcher, claim state.Claim) {
	if p := w.scheduler.current; p != nil && !p.fresh && !w.wire.late {
		w.violate(StatusIsRead, "run %s: %s claims %s without having looked", claim.RunID, p.name, claim.Name())
	}
}
