package sim

import "github.com/flowcraft-go/flowcraft/internal/fault"

// Rare states of items that have expired.
const (
	StartOverExpired   Rare = "a run is created in the place of an expired one"
	ClaimOverExpired   Rare = "a task is claimed or recorded in the place of an expired one"
	ArrivalOverExpired Rare = "a source arrives at a join that has expired"
	DeletedInUse       Rare = "an item expires while its run id is used again"
	DeletedInPart      Rare = "some of a run's expired items are deleted, and others stay"
)

// sightExpiry recognises rare states of items that were stored before their run id was
// used again.
func sightExpiry(w *watcher) moments {
	type item struct{ kind, of string }
	stored := map[item]int{} // the life in which it was stored last
	place := map[string]Rare{"create": StartOverExpired, "claim": ClaimOverExpired, "commit": ClaimOverExpired, "arrive at": ArrivalOverExpired}
	return moments{answered: func(r fault.Request, _ fault.Kind, err error) {
		state, known := place[r.Verb]
		if !known || err != nil {
			return
		}
		key := item{string(state), r.Of + w.scheduler.current.runID()}
		w.reachIf(stored[key] == 1 && w.lives() == 2, state)
		stored[key] = w.lives()
	}}
}

// sightDeletion looks at the deletion of expired items whose run ids are in use again.
func sightDeletion(w *watcher, deleted, left int) {
	w.reachIf(deleted > 0, DeletedInUse)
	w.reachIf(deleted > 0 && left > 0, DeletedInPart)
}
