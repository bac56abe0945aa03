package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// StartsOnce is about a run's item.
const StartsOnce Invariant = "a run belongs to the start message that began it"

func (w *world) checkStartsOnce(r *run, before, after state.Run) {
	if before.StartMessageID != after.StartMessageID || before.BlueprintHash != after.BlueprintHash {
		w.violate(StartsOnce, "run %s: another start takes it over: %s becomes %s", r.id, runText(before), runText(after))
	}
	if p := w.current; before.StartOwner != after.StartOwner && p.message.original() != after.StartMessageID {
		w.violate(StartsOnce, "run %s: the start %s takes over a run that %s started", r.id, p.message.id, after.StartMessageID)
	}
}
