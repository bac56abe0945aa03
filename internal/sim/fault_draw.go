package sim

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

const maxCostly = 3

// draw draws the faults of this world.
func (f *faults) draw() {
	if f.chance.one(10) {
		f.drawn = nil
		return // a healthy world
	}
	f.drawStorms()
	occasions := 4 + 4*len(f.setting.graph.nodes)
	n := 1 + f.chance.IntN(4)
	if f.chance.one(8) {
		n += 3
	}
	kinds := slices.Concat(requestFaults, messageFaults)
	if f.setting.reconciling {
		kinds = append(kinds, tickFaults...)
	}
	// Most worlds have few kinds of faults, so that each is also seen alone.
	favourite := kinds[f.chance.IntN(len(kinds))]
	expensive := 0
	for range n {
		kind := kinds[f.chance.IntN(len(kinds))]
		if f.chance.one(2) {
			kind = favourite
		}
		if costly(kind) {
			if expensive++; expensive > maxCostly {
				continue
			}
		}
		f.drawn = append(f.drawn, due{kind, f.occasion(kind, occasions)})
	}
}

func (f *faults) occasion(kind fault.Kind, requests int) int {
	switch kind {
	case fault.PartialSend:
		return f.chance.IntN(2)
	case fault.Duplicate, fault.DuplicateNew, fault.ForgedFields, fault.Late, fault.QueueBehind, fault.DeadLetter, fault.LastReceive, fault.OldWorker:
		return f.chance.IntN(2 + len(f.setting.graph.nodes)/2)
	case fault.ReconcilerCrash, fault.ReconcilerSlow, fault.ReconcilerRefused, fault.StaleLock:
		return f.chance.IntN(20)
	}
	return f.chance.IntN(requests)
}
