package sim

// StartsOnce is about a run's item.
const StartsOnce Invariant = "a run belongs to the start message that began it"

func startsOnce(w *watcher) moments {
	return moments{changed: func(s runSeen) {
		before, after := s.before, s.after
		if before.StartMessageID != after.StartMessageID || before.BlueprintHash != after.BlueprintHash {
			w.violate(StartsOnce, "run %s: another start takes it over: %s becomes %s", s.run.id, runText(before), runText(after))
		}
		if p := w.scheduler.current; before.StartOwner != after.StartOwner && p.message.original() != after.StartMessageID {
			w.violate(StartsOnce, "run %s: the start %s takes over a run that %s started", s.run.id, p.message.id, after.StartMessageID)
		}
	}}
}
