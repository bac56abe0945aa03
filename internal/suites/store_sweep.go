package suites

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// keep stores a timer of the fact's run.
func (s *storeTest) keep(timer state.Timer) state.Timer {
	s.Helper()
	timer.RunID = s.run
	if _, err := s.Store.Commit(s.Context(), state.Transition{Timer: &timer}); err != nil {
		s.Fatal(err)
	}
	return timer
}

// active stores a running run.
func (s *storeTest) active(id string, updated time.Time) state.RunRef {
	s.Helper()
	run := state.Run{ID: id, BlueprintID: "order", Status: flow.Running, LastUpdated: updated, Active: true}
	if _, err := s.Store.Create(s.Context(), run); err != nil {
		s.Fatal(err)
	}
	return state.RunRef{RunID: id, LastUpdated: updated}
}

var sweepFacts = slices.Concat(stalledFacts, oldestFacts, dueFacts)

// seen is the last update of the runs of these facts.
var seen = at.Truncate(time.Second)

var stalledFacts = []fact{
	{"an active run is stalled once its last update is past", func(s *storeTest) {
		ref := s.active(s.run, seen)
		s.same("at its last update", []state.RunRef(nil), s.stored.stalled(seen))
		s.same("within that second", []state.RunRef{ref}, s.stored.stalled(seen.Add(time.Millisecond)))
		s.same("a second later", []state.RunRef{ref}, s.stored.stalled(seen.Add(time.Second)))
	}},
	{"all active runs are listed, each once", func(s *storeTest) {
		want := map[string]state.RunRef{}
		for n := range 60 {
			id := fmt.Sprint(s.run, ":", n)
			want[id] = s.active(id, seen)
		}
		got := map[string]state.RunRef{}
		for _, ref := range s.stored.stalled(at.Add(time.Hour)) {
			if _, again := got[ref.RunID]; again {
				s.Errorf("run %s is listed twice", ref.RunID)
			}
			got[ref.RunID] = ref
		}
		s.same("the runs", want, got)
	}},
	{"a touched run is listed by that", func(s *storeTest) {
		ref := s.active(s.run, seen)
		ref.LastUpdated = seen.Add(time.Minute)
		s.wantNil("touch", s.change(state.GuardRunning(), state.RunChange{LastUpdated: ref.LastUpdated}))
		s.same("before the touch", []state.RunRef(nil), s.stored.stalled(seen.Add(time.Second)))
		s.same("after the touch", []state.RunRef{ref}, s.stored.stalled(at.Add(time.Hour)))
	}},
	{"the rescues of a run are listed", func(s *storeTest) {
		ref := s.active(s.run, seen)
		ref.Rescues = 2
		s.wantNil("rescue", s.change(state.GuardRunning(), state.RunChange{LastUpdated: seen, Rescues: 2}))
		s.same("the runs", []state.RunRef{ref}, s.stored.stalled(at.Add(time.Hour)))
	}},
	{"a finished run is not listed", func(s *storeTest) {
		s.active(s.run, seen)
		s.wantNil("finish", s.change(state.GuardRunning(), state.RunChange{Finish: finish(flow.Failed)}))
		s.same("the runs", []state.RunRef(nil), s.stored.stalled(at.Add(time.Hour)))
	}},
	{"a run that left the index is not listed, until it is touched", func(s *storeTest) {
		ref := s.active(s.run, seen)
		s.wantNil("leave", s.change(state.GuardRunning(), state.RunChange{Leave: true}))
		s.same("the runs", []state.RunRef(nil), s.stored.stalled(at.Add(time.Hour)))
		s.wantNil("touch", s.change(state.GuardRunning(), state.RunChange{LastUpdated: seen}))
		s.same("the runs", []state.RunRef{ref}, s.stored.stalled(at.Add(time.Hour)))
	}},
	{"a run that is not active is not listed", func(s *storeTest) {
		run := state.Run{ID: s.run, BlueprintID: "order", Status: flow.Running, LastUpdated: seen}
		_, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		s.same("the runs", []state.RunRef(nil), s.stored.stalled(at.Add(time.Hour)))
	}},
	{"the listing of stalled runs can be left early", func(s *storeTest) {
		s.active(s.run+":1", seen)
		s.active(s.run+":2", seen)
		count := 0
		for range s.Store.Stalled(s.Context(), at.Add(time.Hour)) {
			count++
			break
		}
		s.same("the yields", 1, count)
	}},
	{"the listings end with the context's error", func(s *storeTest) {
		s.active(s.run, seen)
		s.keep(state.Timer{DueAt: at})
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		var errs []error
		for _, err := range s.Store.Stalled(ctx, at.Add(time.Hour)) {
			errs = append(errs, err)
		}
		for _, err := range s.Store.Due(ctx, at.Add(time.Hour)) {
			errs = append(errs, err)
		}
		if _, err := s.Store.Oldest(ctx); !errors.Is(err, context.Canceled) {
			s.Errorf("Oldest = %v, want the context's error", err)
		}
		if len(errs) != 2 || !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], context.Canceled) {
			s.Errorf("yielded %v, want the context's error once a list", errs)
		}
	}},
}

// oldestFacts is one fact, since its runs must be older than those of all others.
var oldestFacts = []fact{
	{"the oldest run is the active one that has waited longest, and has not expired", func(s *storeTest) {
		oldest := func(step string, want time.Time) {
			s.Helper()
			got, err := s.Store.Oldest(s.Context())
			if err != nil || !got.Equal(want) {
				s.Errorf("%s: Oldest = %v, %v, want %v", step, got, err, want)
			}
		}
		young := s.active(s.run, past)
		old := s.active(s.run+":old", past.Add(-2*time.Hour))
		expired := state.Run{ID: s.run + ":expired", BlueprintID: "order", Status: flow.Running, LastUpdated: past.Add(-3 * time.Hour), Expires: past, Active: true}
		_, err := s.Store.Create(s.Context(), expired)
		s.wantNil("Create", err)
		oldest("of two", old.LastUpdated)
		_, err = s.Store.Commit(s.Context(), state.Transition{Guard: state.GuardRunning(),
			Run: &state.RunChange{RunID: old.RunID, LastUpdated: past.Add(-time.Hour)}})
		s.wantNil("touch", err)
		oldest("touched", past.Add(-time.Hour))
		_, err = s.Store.Commit(s.Context(), state.Transition{Guard: state.GuardRunning(), Run: &state.RunChange{RunID: old.RunID, Leave: true}})
		s.wantNil("leave", err)
		oldest("out of the index", young.LastUpdated)
		s.wantNil("finish", s.change(state.GuardRunning(), state.RunChange{Finish: finish(flow.Failed)}))
		if got, err := s.Store.Oldest(s.Context()); err != nil || !got.IsZero() && got.Before(at.Add(-time.Hour)) {
			s.Errorf("finished: Oldest = %v, %v, want none of this fact's runs", got, err)
		}
	}},
}

var dueFacts = []fact{
	{"every field of a timer is read", func(s *storeTest) {
		timer := s.keep(s.sample.fullTimer())
		s.same("the timers", []state.Timer{timer}, s.stored.due(at.Add(time.Hour)))
	}},
	{"a timer of the run itself, without a message, is read", func(s *storeTest) {
		timer := s.keep(state.Timer{DueAt: at})
		s.same("the timers", []state.Timer{timer}, s.stored.due(at.Add(time.Hour)))
	}},
	{"a timer is due before a time, to the millisecond", func(s *storeTest) {
		timer := s.keep(state.Timer{DueAt: at})
		s.same("at its time", []state.Timer(nil), s.stored.due(at))
		s.same("a moment later", []state.Timer{timer}, s.stored.due(at.Add(time.Microsecond)))
	}},
	{"a timer that was dropped is not due, and dropping again is no error", func(s *storeTest) {
		s.keep(state.Timer{TaskKey: state.TaskKey{Node: "a"}, Attempt: 2, DueAt: at})
		kept := map[state.Timer]bool{
			s.keep(state.Timer{DueAt: at}): true,
			s.keep(state.Timer{TaskKey: state.TaskKey{Node: "a"}, Attempt: 3, DueAt: at}):                  true,
			s.keep(state.Timer{TaskKey: state.TaskKey{Node: "b"}, Attempt: 2, DueAt: at}):                  true,
			s.keep(state.Timer{TaskKey: state.TaskKey{Node: "a", Scope: "poll.1"}, Attempt: 2, DueAt: at}): true,
		}
		for range 2 {
			s.wantNil("DropTimer", s.Store.DropTimer(s.Context(), state.Timer{RunID: s.run, TaskKey: state.TaskKey{Node: "a"}, Attempt: 2}))
		}
		got := map[state.Timer]bool{}
		for _, timer := range s.stored.due(at.Add(time.Hour)) {
			got[timer] = true
		}
		if !maps.Equal(kept, got) {
			s.Errorf("timers left: %+v, want %+v", got, kept)
		}
	}},
	{"a timer that is kept again is due once", func(s *storeTest) {
		timer := state.Timer{TaskKey: state.TaskKey{Node: "a"}, Attempt: 2, DueAt: at}
		s.keep(timer)
		s.same("the timers", []state.Timer{s.keep(timer)}, s.stored.due(at.Add(time.Hour)))
	}},
	{"the listing of due timers can be left early", func(s *storeTest) {
		s.keep(state.Timer{Attempt: 1, DueAt: at})
		s.keep(state.Timer{Attempt: 2, DueAt: at})
		count := 0
		for range s.Store.Due(s.Context(), at.Add(time.Hour)) {
			count++
			break
		}
		s.same("the yields", 1, count)
	}},
}
