package suites

import (
	"slices"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// arrive adds to the main set of the join "j" of the fact's run.
func (s *storeTest) arrive(arrival state.Arrival) state.Join {
	s.Helper()
	arrival.RunID, arrival.Join.Node = s.run, "j"
	join, err := s.Store.Arrive(s.Context(), arrival)
	if err != nil {
		s.Fatal(err)
	}
	return join
}

// joinKey returns the main set of a join outside of scopes.
func joinKey(node string) state.JoinKey { return state.JoinKey{TaskKey: state.TaskKey{Node: node}} }

// later is after the expiry of all items of these facts.
var later = at.Add(time.Hour)

var arriveFacts = []fact{
	{"arrivals add up and come back sorted", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []int{30, 9}, Taken: []int{9}, Expires: later})
		got := s.arrive(state.Arrival{Arrived: []int{100, 0}, Taken: []int{100, 0}, Expires: later})
		want := state.Join{Arrived: []int{0, 9, 30, 100}, Taken: []int{0, 9, 100}, Expires: later.Truncate(time.Second)}
		s.same("the returned join", want, got)
		s.same("the stored join", want, s.stored.join(joinKey("j")))
	}},
	{"every field of a join is kept", func(s *storeTest) {
		want := state.Join{Arrived: []int{1}, Taken: []int{1}, First: "größe#1", Full: []int{1, 2}, FullTaken: []int{2}, Expires: later.Truncate(time.Second)}
		got := s.arrive(state.Arrival{Arrived: want.Arrived, Taken: want.Taken, First: want.First, Full: want.Full, FullTaken: want.FullTaken, Now: at, Expires: later})
		s.same("the returned join", want, got)
		s.same("the stored join", want, s.stored.join(joinKey("j")))
	}},
	{"a dead arrival is not taken", func(s *storeTest) {
		got := s.arrive(state.Arrival{Arrived: []int{1}})
		s.same("the join", state.Join{Arrived: []int{1}}, got)
	}},
	{"arriving again changes nothing", func(s *storeTest) {
		arrival := state.Arrival{Arrived: []int{1, 2}, Taken: []int{1}, First: "a", Full: []int{3}, FullTaken: []int{3}}
		first := s.arrive(arrival)
		s.same("the join", first, s.arrive(arrival))
	}},
	{"a source named twice counts once", func(s *storeTest) {
		got := s.arrive(state.Arrival{Arrived: []int{1, 1}, Taken: []int{1, 1}})
		s.same("the join", state.Join{Arrived: []int{1}, Taken: []int{1}}, got)
	}},
	{"the first stays", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []int{2}})
		s.arrive(state.Arrival{Arrived: []int{1}, Taken: []int{1}, First: "b"})
		got := s.arrive(state.Arrival{Arrived: []int{0}, Taken: []int{0}, First: "a"})
		s.same("the join", state.Join{Arrived: []int{0, 1, 2}, Taken: []int{0, 1}, First: "b"}, got)
		s.same("the stored join", got, s.stored.join(joinKey("j")))
	}},
	{"the run's end, every join, scope and shard have sets of their own", func(s *storeTest) {
		keys := []state.JoinKey{{}, joinKey("j"), {TaskKey: state.TaskKey{Node: "j", Scope: "1"}}, joinKey("k"), joinKey("end"),
			{Shard: 1}, {TaskKey: state.TaskKey{Node: "j"}, Shard: 1}, {TaskKey: state.TaskKey{Node: "j"}, Shard: 12}, joinKey("j#1")}
		for i, key := range keys {
			got, err := s.Store.Arrive(s.Context(), state.Arrival{RunID: s.run, Join: key, Arrived: []int{i}})
			s.wantNil("Arrive", err)
			s.same("the join", state.Join{Arrived: []int{i}}, got)
		}
		found := s.stored.load(state.ReadSet{Joins: keys})
		for i, key := range keys {
			s.same("the stored join", state.Join{Arrived: []int{i}}, found.Joins[key])
		}
	}},
	{"an arrival makes no run", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []int{1}})
		if run := s.stored.run(); run != nil {
			s.Errorf("the arrival made a run: %+v", run)
		}
	}},
	{"of 20 concurrent arrivals each sees itself and those before, and one sees all", func(s *storeTest) {
		joins := make([]state.Join, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				var err error
				joins[i], err = s.Store.Arrive(s.Context(), state.Arrival{RunID: s.run, Join: joinKey("j"),
					Arrived: []int{i}, Taken: []int{i}, First: ownerName(i)})
				s.wantNil("Arrive", err)
				if !slices.Contains(joins[i].Arrived, i) {
					s.Errorf("%d does not see its own arrival in %v", i, joins[i].Arrived)
				}
			})
		}
		wg.Wait()
		slices.SortFunc(joins, func(a, b state.Join) int { return len(a.Arrived) - len(b.Arrived) })
		for i, join := range joins {
			if len(join.Arrived) != i+1 || !slices.Equal(join.Arrived, join.Taken) {
				s.Fatalf("the sets after arrival %d are %v and %v, want the same %d sources in both", i+1, join.Arrived, join.Taken, i+1)
			}
			if first := ownerName(joins[0].Arrived[0]); join.First != first {
				s.Errorf("First = %q after arrival %d, want %q", join.First, i+1, first)
			}
			if i > 0 && slices.ContainsFunc(joins[i-1].Arrived, func(n int) bool { return !slices.Contains(join.Arrived, n) }) {
				s.Errorf("%v does not contain all of the earlier %v", join.Arrived, joins[i-1].Arrived)
			}
		}
	}},
	{"an arrival at an expired join finds none of it", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []int{1}, Taken: []int{1}, First: "old", Full: []int{1}, FullTaken: []int{1}, Expires: at})
		now := at.Add(time.Second)
		got := s.arrive(state.Arrival{Guard: state.GuardFresh(now), Arrived: []int{2}, Now: now, Expires: later})
		s.same("the join", state.Join{Arrived: []int{2}, Expires: later.Truncate(time.Second)}, got)
	}},
	{"an arrival at a join that expires now adds to it", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []int{1}, Expires: at})
		got := s.arrive(state.Arrival{Guard: state.GuardFresh(at), Arrived: []int{2}, Now: at, Expires: later})
		s.same("the join", state.Join{Arrived: []int{1, 2}, Expires: later.Truncate(time.Second)}, got)
	}},
}
