package sim

import (
	"reflect"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Rare states of joins, and of the ends of runs.
const (
	JoinByDeadEdge    Rare = "a join is completed by a dead edge"
	JoinDead          Rare = "a join is completed by dead edges alone"
	JoinFullAgain     Rare = "an arrival finds a join complete already"
	AnyLate           Rare = "a taken edge arrives at an any join after the first"
	AnyDeadLate       Rare = "a dead edge arrives at an any join after the first"
	AnyAfterDead      Rare = "the first arrives at an any join after a dead edge"
	AnyBeforeArrivals Rare = "an any join is claimed before any arrival is stored"
	ArrivedAgain      Rare = "a source arrives a second time"
	ShardComplete     Rare = "a shard of a wide join is complete"
	ShardAgain        Rare = "a complete shard arrives a second time"
	EndAgain          Rare = "an arrival finds all ends of the run resolved already"
)

// sightJoins recognises rare states of joins, by the sets that arrivals find and
// leave.
func sightJoins(w *watcher) moments {
	type joinOf struct {
		run *run
		key state.JoinKey
	}
	known := map[joinOf]state.Join{}
	return moments{
		arrived: func(s arrivalSeen) {
			key := joinOf{s.run, s.arrival.Join}
			sightArrival(w, s, known[key])
			known[key] = s.join
		},
		task: func(t taskSeen) {
			if n := w.setting.graphOf(t.run).byID[t.after.Node]; n.isAny() && t.before.FiredBy == "" && t.after.FiredBy != "" {
				join, arrived := known[joinOf{t.run, state.JoinKey{TaskKey: t.after.TaskKey}}]
				w.reachIf(!arrived || join.First == "", AnyBeforeArrivals)
			}
		},
	}
}

// sightArrival looks at a set before and after an arrival.
func sightArrival(w *watcher, s arrivalSeen, before state.Join) {
	a, after := s.arrival, s.join
	again := reflect.DeepEqual(before, after)
	w.reachIf(again && len(a.Full) == 0, ArrivedAgain)
	w.reachIf(again && len(a.Full) > 0, ShardAgain)
	w.reachIf(!again && len(a.Full) > 0, ShardComplete)
	n := w.setting.graphOf(s.run).byID[a.Join.Node]
	switch {
	case a.Join.Shard > 0 || len(a.Full) > 0:
	case n == nil:
		w.reachIf(again && len(after.Arrived) == sinks(w.setting.graphOf(s.run)), EndAgain)
	case n.isAny():
		w.reachIf(len(a.Taken) > 0 && before.First != "" && !again, AnyLate)
		w.reachIf(len(a.Taken) == 0 && before.First != "" && !again, AnyDeadLate)
		w.reachIf(before.First == "" && after.First != "" && len(before.Arrived) > 0, AnyAfterDead)
	case len(after.Arrived) == len(n.sources):
		w.reachIf(again, JoinFullAgain)
		w.reachIf(!again && len(a.Taken) == 0 && len(after.Taken) > 0, JoinByDeadEdge)
		w.reachIf(len(after.Taken) == 0, JoinDead)
	}
}

func sinks(g *graph) (n int) {
	for _, node := range g.nodes {
		if node.isSink() {
			n++
		}
	}
	return n
}
