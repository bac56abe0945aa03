package sim

import "github.com/flowcraft-go/flowcraft/internal/fault"

// Rare states of requests that fail by load, and of workers that have more time than
// they use.
const (
	ClaimContended   Rare = "a claim conflicts with another write"
	RunContended     Rare = "two changes of a run conflict"
	ArrivalContended Rare = "two arrivals at a join conflict"
	CommitThrottled  Rare = "a commit finds no capacity in the partition of its run"
	MoreTimeGiven    Rare = "a worker's host gives more time than the worker may use"
)

// sightLoad recognises rare states of load and of deadlines.
func sightLoad(w *watcher) moments {
	contended := map[string]Rare{"claim": ClaimContended, "finish": RunContended, "touch": RunContended, "arrive at": ArrivalContended}
	return moments{
		loaded: func(r fault.Request, kind fault.Kind) {
			rare, known := contended[r.Verb]
			w.reachIf(known && kind == fault.Contention, rare)
			w.reachIf(r.Verb == "commit" && kind == fault.Throttled, CommitThrottled)
		},
		received: func(p *process) { w.reachIf(p.deadline > p.worksUntil, MoreTimeGiven) },
	}
}
