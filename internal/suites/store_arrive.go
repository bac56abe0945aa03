package suites

import (
	"slices"
	"strconv"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// arrive adds to the join "j" of the fact's run.
func (s *storeTest) arrive(arrival state.Arrival) state.Join {
	s.Helper()
	arrival.RunID, arrival.Join.Node = s.run, "j"
	join, err := s.Store.Arrive(s.Context(), arrival)
	if err != nil {
		s.Fatal(err)
	}
	return join
}

func (s *storeTest) loadJoin(key state.TaskKey) state.Join {
	s.Helper()
	return s.load(state.ReadSet{Joins: []state.TaskKey{key}}).Joins[key]
}

var arriveFacts = []fact{
	{"arrivals add up and come back sorted", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []string{"c", "ü"}, Taken: []string{"c"}, Expires: at})
		got := s.arrive(state.Arrival{Arrived: []string{"b", "a"}, Taken: []string{"b", "a"}, Expires: at})
		want := state.Join{Arrived: []string{"a", "b", "c", "ü"}, Taken: []string{"a", "b", "c"}}
		s.same("the returned join", want, got)
		s.same("the stored join", want, s.loadJoin(state.TaskKey{Node: "j"}))
	}},
	{"a dead arrival is not taken", func(s *storeTest) {
		got := s.arrive(state.Arrival{Arrived: []string{"a"}})
		s.same("the join", state.Join{Arrived: []string{"a"}}, got)
	}},
	{"arriving again changes nothing", func(s *storeTest) {
		arrival := state.Arrival{Arrived: []string{"a", "b"}, Taken: []string{"a"}, First: "a"}
		first := s.arrive(arrival)
		s.same("the join", first, s.arrive(arrival))
	}},
	{"a source named twice counts once", func(s *storeTest) {
		got := s.arrive(state.Arrival{Arrived: []string{"a", "a"}, Taken: []string{"a", "a"}})
		s.same("the join", state.Join{Arrived: []string{"a"}, Taken: []string{"a"}}, got)
	}},
	{"the first stays", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []string{"dead"}})
		s.arrive(state.Arrival{Arrived: []string{"b"}, Taken: []string{"b"}, First: "b"})
		got := s.arrive(state.Arrival{Arrived: []string{"a"}, Taken: []string{"a"}, First: "a"})
		s.same("the join", state.Join{Arrived: []string{"a", "b", "dead"}, Taken: []string{"a", "b"}, First: "b"}, got)
		s.same("the stored join", got, s.loadJoin(state.TaskKey{Node: "j"}))
	}},
	{"the run's end and every join and scope have sets of their own", func(s *storeTest) {
		keys := []state.TaskKey{{}, {Node: "j"}, {Node: "j", Scope: "1"}, {Node: "k"}, {Node: "end"}}
		for i, key := range keys {
			got, err := s.Store.Arrive(s.Context(), state.Arrival{RunID: s.run, Join: key, Arrived: []string{strconv.Itoa(i)}})
			s.wantNil("Arrive", err)
			s.same("the join", state.Join{Arrived: []string{strconv.Itoa(i)}}, got)
		}
		found := s.load(state.ReadSet{Joins: keys})
		for i, key := range keys {
			s.same("the stored join", state.Join{Arrived: []string{strconv.Itoa(i)}}, found.Joins[key])
		}
	}},
	{"an arrival makes no run", func(s *storeTest) {
		s.arrive(state.Arrival{Arrived: []string{"a"}})
		if run := s.loadRun(); run != nil {
			s.Errorf("the arrival made a run: %+v", run)
		}
	}},
	{"of 20 concurrent arrivals each sees itself and those before, and one sees all", func(s *storeTest) {
		joins := make([]state.Join, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				var err error
				joins[i], err = s.Store.Arrive(s.Context(), state.Arrival{RunID: s.run, Join: state.TaskKey{Node: "j"},
					Arrived: []string{ownerName(i)}, Taken: []string{ownerName(i)}, First: ownerName(i)})
				s.wantNil("Arrive", err)
				if !slices.Contains(joins[i].Arrived, ownerName(i)) {
					s.Errorf("%s does not see its own arrival in %v", ownerName(i), joins[i].Arrived)
				}
			})
		}
		wg.Wait()
		slices.SortFunc(joins, func(a, b state.Join) int { return len(a.Arrived) - len(b.Arrived) })
		for i, join := range joins {
			if len(join.Arrived) != i+1 || !slices.Equal(join.Arrived, join.Taken) {
				s.Fatalf("the sets after arrival %d are %v and %v, want the same %d sources in both", i+1, join.Arrived, join.Taken, i+1)
			}
			if join.First != joins[0].Arrived[0] {
				s.Errorf("First = %q after arrival %d, want %q", join.First, i+1, joins[0].Arrived[0])
			}
			if i > 0 && slices.ContainsFunc(joins[i-1].Arrived, func(id string) bool { return !slices.Contains(join.Arrived, id) }) {
				s.Errorf("%v does not contain all of the earlier %v", join.Arrived, joins[i-1].Arrived)
			}
		}
	}},
}
