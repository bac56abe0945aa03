package suites

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// An item whose time to expire has passed counts as absent although it is stored.
var expiryFacts = []fact{
	{"an expired run is not found, and its id is free", func(s *storeTest) {
		old := s.sample.fullRun()
		old.Expires, old.Input = past, json.RawMessage(`"old"`)
		_, err := s.Store.Create(s.Context(), old)
		s.wantNil("Create", err)
		s.same("Snapshot", state.Snapshot{}, s.stored.load(state.ReadSet{Run: true, Input: true}))
		if _, err := s.Store.Run(s.Context(), s.run); !errors.Is(err, flow.ErrNotFound) {
			s.Errorf("Run = %v, want ErrNotFound", err)
		}
		s.same("the stalled runs", []state.RunRef(nil), s.stored.stalled(at.Add(time.Hour)))

		run := s.create(`"new"`)
		s.same("Run", &run, s.stored.run())
		s.sameText("Input", []byte(`"new"`), s.stored.load(state.ReadSet{Input: true}).Input)
	}},
	{"an expired record is not found, and nothing of it is claimed", func(s *storeTest) {
		old := s.sample.fullTask("a", flow.TaskRetrying, "old")
		old.Expires, old.Failures, old.DueAt = past, 2, past
		s.put(old)
		s.same("the loaded record", state.TaskRecord{}, s.stored.task(old.TaskKey))
		s.same("the listed records", 0, len(s.stored.tasks()))

		claim := s.sample.claim("", "me")
		claim.TaskKey, claim.Guard = old.TaskKey, state.GuardClaim(claim.Now, 3, "")
		got, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("Claim", err)
		s.same("the claimed record", claim.Apply(state.TaskRecord{}), got)
	}},
	{"an expired record is replaced by a commit", func(s *storeTest) {
		old := s.sample.fullTask("a", flow.TaskDone, "old")
		old.Expires = past
		s.put(old)
		task := s.sample.fullTask("a", flow.TaskDone, "me")
		_, err := s.commit(state.GuardUnclaimed(at), task)
		s.wantNil("Commit", err)
		s.same("the record", task, s.stored.task(task.TaskKey))
	}},
	{"an expired record that is leased is no conflict", func(s *storeTest) {
		old := s.sample.fullTask("a", flow.TaskRunning, "old")
		old.Expires, old.LeaseUntil = past, at.Add(time.Hour)
		s.put(old)
		claim := s.sample.claim("", "me")
		claim.TaskKey, claim.Guard = old.TaskKey, state.GuardClaim(claim.Now, 0, "")
		_, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("Claim", err)
	}},
	{"expired context keys and joins are not found", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskDone, "me")
		task.Expires = past
		s.put(task, write("k", `1`))
		s.arrive(state.Arrival{Arrived: []int{1}, Expires: past})
		found := s.stored.load(state.ReadSet{Keys: []string{"k"}, Joins: []state.JoinKey{joinKey("j")}})
		s.same("Snapshot", state.Snapshot{}, found)
	}},
	{"an expired timer is not due", func(s *storeTest) {
		s.keep(state.Timer{TaskKey: state.TaskKey{Node: "a"}, Attempt: 2, DueAt: past, Body: `{}`, Expires: past})
		s.same("the due timers", []state.Timer(nil), s.stored.due(at))
	}},
	{"an item without a time to expire never does", func(s *storeTest) {
		s.put(s.sample.task("a", flow.TaskDone, "me"), write("k", `1`))
		found := s.stored.load(state.ReadSet{Tasks: []state.TaskKey{{Node: "a"}}, Keys: []string{"k"}})
		s.same("found", 2, len(found.Tasks)+len(found.Values))
	}},
}
