package sim

import (
	"errors"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Rare states of messages with a forged field.
const (
	ForgedHops      Rare = "a job comes with a forged number of hops"
	ForgedAttempt   Rare = "a job comes with a forged attempt"
	ForgedID        Rare = "a job comes with a forged first id"
	ForgedReturns   Rare = "a job comes with a forged number of returns"
	ForgedSince     Rare = "a job comes with a forged time of its first receipt"
	ForgedMissing   Rare = "a job comes with a forged time since which it waits for code"
	ForgedTenant    Rare = "a job comes with a forged tenant"
	ForgedBlueprint Rare = "a job comes with a forged blueprint"
	ForgedRefused   Rare = "a job with a forged field is refused"
	ForgedWorked    Rare = "a job with a forged field has its task performed"
)

// forgeries are the rare states of forged fields, by the fields' names.
var forgeries = map[string]Rare{
	"hops": ForgedHops, "attempt": ForgedAttempt, "tenant": ForgedTenant, "blueprint": ForgedBlueprint,
	state.AttributeID: ForgedID, state.AttributeReturns: ForgedReturns, state.AttributeSince: ForgedSince,
	state.AttributeMissing: ForgedMissing,
}

// sightForgeries recognises rare states of messages with a forged field.
func sightForgeries(w *watcher) moments {
	copied := func(m *message) bool { return m != nil && m.forged && m.gone }
	return moments{
		started: func(s start) { w.reachIf(copied(s.process.message), ForgedWorked) },
		returned: func(p *process, err error) {
			_, refused := errors.AsType[*flow.RejectError](err)
			w.reachIf(refused && copied(p.message), ForgedRefused)
		},
	}
}
