package suites

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// changed checks that change has the effect of RunChange.Apply on the stored run.
func (s *storeTest) changed(stored state.Run, guard state.Guard, change state.RunChange) {
	s.Helper()
	s.wantNil("Commit", s.change(guard, change))
	want := change.Apply(stored)
	s.same("the stored run", &want, s.stored.run())
}

// createFull stores a running run with every other field set.
func (s *storeTest) createFull() state.Run {
	s.Helper()
	run := s.sample.fullRun()
	run.Status, run.FinishedAt = flow.Running, time.Time{}
	if _, err := s.Store.Create(s.Context(), run); err != nil {
		s.Fatal(err)
	}
	run.Input = nil
	return run
}

var changeRunFacts = []fact{
	{"every field of a change takes effect", func(s *storeTest) {
		wantFull(s.T, fullChanges)
		run := s.createFull()
		for i, change := range fullChanges {
			change.RunID = s.run
			after := change.Apply(run)
			if cmp.Equal(run, after) {
				s.Errorf("change %d has no effect, which every store has: %+v", i, change)
			}
			s.changed(run, state.Guard{}, change)
			run = after
		}
	}},
	{"a touch sets last update and shard and nothing else", func(s *storeTest) {
		s.changed(s.createFull(), state.GuardRunning(), state.RunChange{LastUpdated: at.Add(time.Hour)})
	}},
	{"a touch can reset the rescues", func(s *storeTest) {
		s.changed(s.createFull(), state.GuardRunning(), state.RunChange{LastUpdated: at.Add(time.Hour), ResetRescues: true})
	}},
	{"a touch without shard takes the run out of the index", func(s *storeTest) {
		run := s.createFull()
		s.changed(run, state.GuardUntouched(run.LastUpdated), state.RunChange{LastUpdated: at.Add(time.Hour)})
	}},
	{"a touch on another last update than was read conflicts", func(s *storeTest) {
		run := s.createFull()
		guard := state.GuardUntouched(run.LastUpdated.Add(-time.Second))
		s.wantConflict("Commit", s.change(guard, state.RunChange{LastUpdated: at.Add(time.Hour)}))
		s.same("the stored run", &run, s.stored.run())
	}},
	{"a touch of a finished run conflicts and does not make it active again", func(s *storeTest) {
		run := s.createFull()
		end := state.RunChange{Finish: finish(flow.Completed)}
		s.changed(run, state.GuardRunning(), end)
		s.wantConflict("Commit", s.change(state.GuardRunning(), state.RunChange{LastUpdated: at.Add(time.Hour)}))
		run = end.Apply(run)
		s.same("the stored run", &run, s.stored.run())
	}},
	{"an expired start lease changes hands", func(s *storeTest) {
		run := s.createFull()
		s.changed(run, state.GuardRestart("m-1", run.StartLeaseUntil), state.RunChange{StartOwner: "me", StartLeaseUntil: at.Add(time.Hour), LastUpdated: at.Add(time.Minute)})
	}},
	{"a live start lease conflicts", func(s *storeTest) {
		run := s.createFull()
		guard := state.GuardRestart("m-1", run.StartLeaseUntil.Add(-time.Millisecond))
		s.wantConflict("Commit", s.change(guard, state.RunChange{StartOwner: "me", StartLeaseUntil: at.Add(time.Hour)}))
		s.same("the stored run", &run, s.stored.run())
	}},
	{"a start lease of another message conflicts", func(s *storeTest) {
		run := s.createFull()
		s.wantConflict("Commit", s.change(state.GuardRestart("m-2", run.StartLeaseUntil), state.RunChange{StartOwner: "me", StartLeaseUntil: at.Add(time.Hour)}))
		s.same("the stored run", &run, s.stored.run())
	}},
	{"a start lease of a run that has ended conflicts", func(s *storeTest) {
		run := s.createFull()
		end := state.RunChange{Finish: finish(flow.Cancelled)}
		s.changed(run, state.GuardRunning(), end)
		guard := state.GuardRestart("m-1", run.StartLeaseUntil)
		s.wantConflict("Commit", s.change(guard, state.RunChange{StartOwner: "me", StartLeaseUntil: at.Add(time.Hour)}))
		run = end.Apply(run)
		s.same("the stored run", &run, s.stored.run())
	}},
	{"a start lease taken again by its owner is success", func(s *storeTest) {
		run := s.createFull()
		guard := state.GuardRestart("m-1", run.StartLeaseUntil)
		lease := state.RunChange{StartOwner: "me", StartLeaseUntil: at.Add(time.Hour)}
		s.changed(run, guard, lease)
		s.changed(run, guard, lease)
	}},
	{"a rescue is counted", func(s *storeTest) {
		run := s.createFull()
		guard := state.GuardUntouched(run.LastUpdated)
		s.changed(run, guard, state.RunChange{LastUpdated: at.Add(time.Hour), Rescues: 4})
	}},
	{"a rescue of a run that had none is counted, and made again it is success", func(s *storeTest) {
		run := s.create(`1`)
		guard := state.GuardUntouched(run.LastUpdated)
		rescue := state.RunChange{LastUpdated: at.Add(time.Hour), Rescues: 1}
		s.changed(run, guard, rescue)
		s.changed(run, guard, rescue)
	}},
	{"a rescue of a run that was touched since it was read conflicts", func(s *storeTest) {
		run := s.create(`1`)
		touch := state.RunChange{LastUpdated: at.Add(time.Hour), ResetRescues: true}
		s.changed(run, state.GuardRunning(), touch)
		guard := state.GuardUntouched(run.LastUpdated)
		s.wantConflict("Commit", s.change(guard, state.RunChange{LastUpdated: at.Add(time.Hour), Rescues: 1}))
		run = touch.Apply(run)
		s.same("the stored run", &run, s.stored.run())
	}},
	{"a rescue of a run that has ended since it was read conflicts", func(s *storeTest) {
		run := s.create(`1`)
		s.changed(run, state.GuardRunning(), state.RunChange{Finish: finish(flow.Completed)})
		run = *s.stored.run()
		rescue := state.RunChange{LastUpdated: at.Add(time.Hour), Rescues: 1}
		s.wantConflict("Commit", s.change(state.GuardUntouched(run.LastUpdated), rescue))
		s.same("the stored run", &run, s.stored.run())
	}},
	{"leaving the index changes nothing else", func(s *storeTest) {
		run := s.createFull()
		s.changed(run, state.GuardUntouched(run.LastUpdated), state.RunChange{Leave: true})
	}},
	{"a finish ends the run and takes it out of the index", func(s *storeTest) {
		s.changed(s.createFull(), state.GuardFinish(2), state.RunChange{Finish: finish(flow.Completed)})
	}},
	{"a finish can carry an error and no result", func(s *storeTest) {
		end := finish(flow.Failed)
		end.Result, end.Error = nil, &flow.Failure{Code: "error", Message: "out of lamps", NodeID: "ship", Attempt: 2}
		s.changed(s.createFull(), state.GuardFinish(2), state.RunChange{Finish: end})
	}},
	{"a run of epoch 0 has an epoch", func(s *storeTest) {
		s.changed(s.create(`1`), state.GuardFinish(0), state.RunChange{Finish: finish(flow.Completed)})
	}},
	{"a finish of another epoch conflicts", func(s *storeTest) {
		run := s.createFull()
		s.wantConflict("Commit", s.change(state.GuardFinish(1), state.RunChange{Finish: finish(flow.Completed)}))
		s.same("the stored run", &run, s.stored.run())
	}},
	{"a finished run is not finished otherwise", func(s *storeTest) {
		run := s.createFull()
		end := state.RunChange{Finish: finish(flow.Cancelled)}
		s.changed(run, state.GuardFinish(2), end)
		s.wantConflict("Commit", s.change(state.GuardFinish(2), state.RunChange{Finish: finish(flow.Completed)}))
		run = end.Apply(run)
		s.same("the stored run", &run, s.stored.run())
	}},
	{"a run that does not exist conflicts and is not made", func(s *storeTest) {
		for name, guard := range map[string]state.Guard{"the zero guard": {}, "a guard": state.GuardRunning(), "absence": state.Absent("status")} {
			s.wantConflict("Commit under "+name, s.change(guard, state.RunChange{LastUpdated: at}))
		}
		if run := s.stored.run(); run != nil {
			s.Errorf("the run is %+v, want none", run)
		}
	}},
	{"exactly one of 20 concurrent finishes wins", func(s *storeTest) {
		s.create(`1`)
		winner := race(s, func(owner string) (string, error) {
			end := finish(flow.Failed)
			end.Error = &flow.Failure{Code: "error", NodeID: owner}
			err := s.change(state.GuardFinish(0), state.RunChange{Finish: end})
			stored, loadErr := s.Store.Run(s.Context(), s.run)
			if loadErr != nil || stored.Error == nil {
				return "", loadErr
			}
			return stored.Error.NodeID, err
		})
		if got := s.stored.run().Error.NodeID; got != winner {
			s.Errorf("the run failed by %s, want %s", got, winner)
		}
	}},
}

var keepFacts = []fact{
	{"a timer is kept, and again, without a condition", func(s *storeTest) {
		timer := state.Timer{RunID: s.run, TaskKey: state.TaskKey{Node: "sleep", Scope: "poll.3"}, Attempt: 2,
			DueAt: at.Add(time.Hour), Body: `{"runId":"r"}`, Tenant: "acme", Expires: at.Add(2 * time.Hour).Truncate(time.Second)}
		for range 2 {
			_, err := s.Store.Commit(s.Context(), state.Transition{Timer: &timer})
			s.wantNil("Commit", err)
		}
	}},
	{"a blueprint's body is kept byte for byte, and again", func(s *storeTest) {
		b := s.sample.blueprint()
		for range 2 {
			_, err := s.Store.Commit(s.Context(), state.Transition{Blueprint: &b})
			s.wantNil("Commit", err)
			s.sameText("Blueprint", b.Body, s.stored.load(state.ReadSet{Blueprint: b.BlueprintKey}).Blueprint)
		}
	}},
	{"a blueprint is kept where its guard holds", func(s *storeTest) {
		b := s.sample.blueprint()
		keep := func(guard state.Guard) error {
			_, err := s.Store.Commit(s.Context(), state.Transition{Guard: guard, Blueprint: &b})
			return err
		}
		s.wantNil("Commit", keep(state.Absent("runId")))
		s.wantConflict("Commit again", keep(state.Absent("runId")))
	}},
	{"blueprints of one id, and ids of one hash, are kept apart", func(s *storeTest) {
		keys := []state.BlueprintKey{{ID: s.run, Hash: "1"}, {ID: s.run, Hash: "2"}, {ID: s.run + "~1", Hash: "1"}, {ID: s.run + "#1", Hash: "1"}, {ID: s.run + "/größe @", Hash: "1"}}
		for i, key := range keys {
			b := state.BlueprintVersion{BlueprintKey: key, Body: []byte(large(fmt.Sprint(i), 400*kb)), StartedAt: at}
			_, err := s.Store.Commit(s.Context(), state.Transition{Blueprint: &b})
			s.wantNil("Commit", err)
		}
		for i, key := range keys {
			s.sameText("Blueprint", []byte(large(fmt.Sprint(i), 400*kb)), s.stored.load(state.ReadSet{Blueprint: key}).Blueprint)
		}
	}},
	{"a blueprint is no run", func(s *storeTest) {
		b := s.sample.blueprint()
		b.ID, b.Hash = s.run, s.run
		_, err := s.Store.Commit(s.Context(), state.Transition{Blueprint: &b})
		s.wantNil("Commit", err)
		s.same("Load of the run", state.Snapshot{}, s.stored.load(state.ReadSet{Run: true, Input: true, Keys: []string{"body", s.run}}))
	}},
}
