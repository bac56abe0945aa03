package flowtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// stalled lists the fact's runs, the names of which begin with its own, by id.
func (s *storeTest) stalled(before time.Time) (refs []flow.RunRef) {
	s.Helper()
	for ref, err := range s.Store.Stalled(s.Context(), before) {
		if err != nil {
			s.Fatal(err)
		}
		if strings.HasPrefix(ref.RunID, s.run) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// due lists the timers of the fact's run.
func (s *storeTest) due(before time.Time) (timers []flow.Timer) {
	s.Helper()
	for timer, err := range s.Store.Due(s.Context(), before) {
		if err != nil {
			s.Fatal(err)
		}
		if timer.RunID == s.run {
			timers = append(timers, timer)
		}
	}
	return timers
}

// keep stores a timer of the fact's run.
func (s *storeTest) keep(timer flow.Timer) flow.Timer {
	s.Helper()
	timer.RunID = s.run
	if _, err := s.Store.Commit(s.Context(), flow.Transition{Timer: &timer}); err != nil {
		s.Fatal(err)
	}
	return timer
}

// active stores a running run.
func (s *storeTest) active(id, shard string, updated time.Time) flow.RunRef {
	s.Helper()
	run := flow.Run{ID: id, BlueprintID: "order", Status: flow.Running, LastUpdated: updated, Active: shard}
	if _, err := s.Store.Create(s.Context(), run); err != nil {
		s.Fatal(err)
	}
	return flow.RunRef{RunID: id, LastUpdated: updated}
}

var sweepFacts = slices.Concat(stalledFacts, dueFacts)

// seen is the last update of the runs of these facts.
var seen = at.Truncate(time.Second)

var stalledFacts = []fact{
	{"an active run is stalled once its last update is past", func(s *storeTest) {
		ref := s.active(s.run, "3", seen)
		s.same("at its last update", []flow.RunRef(nil), s.stalled(seen))
		s.same("within that second", []flow.RunRef{ref}, s.stalled(seen.Add(time.Millisecond)))
		s.same("a second later", []flow.RunRef{ref}, s.stalled(seen.Add(time.Second)))
	}},
	{"the runs of every shard are listed, each once", func(s *storeTest) {
		want, shards := map[string]flow.RunRef{}, map[string]bool{}
		for n := 0; len(shards) < flow.Shards; n++ {
			id := fmt.Sprint(s.run, ":", n)
			want[id] = s.active(id, flow.Shard(id), seen)
			shards[flow.Shard(id)] = true
		}
		got := map[string]flow.RunRef{}
		for _, ref := range s.stalled(at.Add(time.Hour)) {
			if _, again := got[ref.RunID]; again {
				s.Errorf("run %s is listed twice", ref.RunID)
			}
			got[ref.RunID] = ref
		}
		s.same("the runs", want, got)
	}},
	{"the runs of a shard come by their last update", func(s *storeTest) {
		var want []flow.RunRef
		for _, minutes := range []int{3, 1, 4, 2} {
			want = append(want, s.active(fmt.Sprint(s.run, ":", minutes), "5", seen.Add(time.Duration(minutes)*time.Minute)))
		}
		slices.SortFunc(want, func(a, b flow.RunRef) int { return a.LastUpdated.Compare(b.LastUpdated) })
		s.same("the runs", want, s.stalled(at.Add(time.Hour)))
	}},
	{"a touched run is listed by that", func(s *storeTest) {
		ref := s.active(s.run, "3", seen)
		ref.LastUpdated = seen.Add(time.Minute)
		s.wantNil("touch", s.change(flow.GuardRunning(), flow.RunChange{LastUpdated: ref.LastUpdated, Active: "4"}))
		s.same("before the touch", []flow.RunRef(nil), s.stalled(seen.Add(time.Second)))
		s.same("after the touch", []flow.RunRef{ref}, s.stalled(at.Add(time.Hour)))
	}},
	{"the rescues of a run are listed", func(s *storeTest) {
		ref := s.active(s.run, "3", seen)
		ref.Rescues = 2
		s.wantNil("rescue", s.change(flow.GuardRunning(), flow.RunChange{LastUpdated: seen, Active: "3", Rescues: 2}))
		s.same("the runs", []flow.RunRef{ref}, s.stalled(at.Add(time.Hour)))
	}},
	{"a finished run is not listed", func(s *storeTest) {
		s.active(s.run, "3", seen)
		s.wantNil("finish", s.change(flow.GuardRunning(), flow.RunChange{Finish: finish(flow.Failed)}))
		s.same("the runs", []flow.RunRef(nil), s.stalled(at.Add(time.Hour)))
	}},
	{"a run that left the index is not listed, until it is touched", func(s *storeTest) {
		ref := s.active(s.run, "3", seen)
		s.wantNil("leave", s.change(flow.GuardRunning(), flow.RunChange{Leave: true}))
		s.same("the runs", []flow.RunRef(nil), s.stalled(at.Add(time.Hour)))
		s.wantNil("touch", s.change(flow.GuardRunning(), flow.RunChange{LastUpdated: seen, Active: "3"}))
		s.same("the runs", []flow.RunRef{ref}, s.stalled(at.Add(time.Hour)))
	}},
	{"a run of no shard is not listed", func(s *storeTest) {
		s.active(s.run, "", seen)
		s.same("the runs", []flow.RunRef(nil), s.stalled(at.Add(time.Hour)))
	}},
	{"the listing of stalled runs can be left early", func(s *storeTest) {
		s.active(s.run+":1", "3", seen)
		s.active(s.run+":2", "4", seen)
		count := 0
		for range s.Store.Stalled(s.Context(), at.Add(time.Hour)) {
			count++
			break
		}
		s.same("the yields", 1, count)
	}},
	{"the listings end with the context's error", func(s *storeTest) {
		s.active(s.run, "3", seen)
		s.keep(flow.Timer{DueAt: at})
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		var errs []error
		for _, err := range s.Store.Stalled(ctx, at.Add(time.Hour)) {
			errs = append(errs, err)
		}
		for _, err := range s.Store.Due(ctx, at.Add(time.Hour)) {
			errs = append(errs, err)
		}
		if len(errs) != 2 || !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], context.Canceled) {
			s.Errorf("yielded %v, want the context's error once a list", errs)
		}
	}},
}

var dueFacts = []fact{
	{"every field of a timer is read", func(s *storeTest) {
		timer := s.keep(flow.Timer{TaskKey: flow.TaskKey{Node: "a#b/c@d", Scope: "poll.3/batch[17]"}, Attempt: 2, DueAt: at,
			Body: `{"runId": "größe"}`, Tenant: "acme", Expires: at.Add(time.Hour).Truncate(time.Second)})
		s.same("the timers", []flow.Timer{timer}, s.due(at.Add(time.Hour)))
	}},
	{"a timer of the run itself, without a message, is read", func(s *storeTest) {
		timer := s.keep(flow.Timer{DueAt: at})
		s.same("the timers", []flow.Timer{timer}, s.due(at.Add(time.Hour)))
	}},
	{"a timer is due before a time, to the millisecond", func(s *storeTest) {
		timer := s.keep(flow.Timer{DueAt: at})
		s.same("at its time", []flow.Timer(nil), s.due(at))
		s.same("a moment later", []flow.Timer{timer}, s.due(at.Add(time.Microsecond)))
	}},
	{"a timer that was dropped is not due, and dropping again is no error", func(s *storeTest) {
		s.keep(flow.Timer{TaskKey: flow.TaskKey{Node: "a"}, Attempt: 2, DueAt: at})
		kept := map[flow.Timer]bool{
			s.keep(flow.Timer{DueAt: at}): true,
			s.keep(flow.Timer{TaskKey: flow.TaskKey{Node: "a"}, Attempt: 3, DueAt: at}):                  true,
			s.keep(flow.Timer{TaskKey: flow.TaskKey{Node: "b"}, Attempt: 2, DueAt: at}):                  true,
			s.keep(flow.Timer{TaskKey: flow.TaskKey{Node: "a", Scope: "poll.1"}, Attempt: 2, DueAt: at}): true,
		}
		for range 2 {
			s.wantNil("DropTimer", s.Store.DropTimer(s.Context(), flow.Timer{RunID: s.run, TaskKey: flow.TaskKey{Node: "a"}, Attempt: 2}))
		}
		got := map[flow.Timer]bool{}
		for _, timer := range s.due(at.Add(time.Hour)) {
			got[timer] = true
		}
		if !maps.Equal(kept, got) {
			s.Errorf("timers left: %+v, want %+v", got, kept)
		}
	}},
	{"a timer that is kept again is due once", func(s *storeTest) {
		timer := flow.Timer{TaskKey: flow.TaskKey{Node: "a"}, Attempt: 2, DueAt: at}
		s.keep(timer)
		s.same("the timers", []flow.Timer{s.keep(timer)}, s.due(at.Add(time.Hour)))
	}},
	{"the listing of due timers can be left early", func(s *storeTest) {
		s.keep(flow.Timer{Attempt: 1, DueAt: at})
		s.keep(flow.Timer{Attempt: 2, DueAt: at})
		count := 0
		for range s.Store.Due(s.Context(), at.Add(time.Hour)) {
			count++
			break
		}
		s.same("the yields", 1, count)
	}},
}
