package suites

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// running claims node a for owner.
func (s *storeTest) running(owner string) state.TaskRecord {
	s.Helper()
	task, err := s.Store.Claim(s.Context(), s.sample.claim("a", owner))
	if err != nil {
		s.Fatal(err)
	}
	return task
}

var commitFacts = []fact{
	{"every field of a record is stored and returned", func(s *storeTest) {
		task := s.sample.fullTask("a", flow.TaskDone, "me")
		got, err := s.commit(state.GuardUnclaimed(at), task)
		s.wantNil("Commit", err)
		s.same("the returned record", task, got)
		s.same("the stored record", task, s.stored.task(task.TaskKey))
	}},
	{"times are kept to the millisecond", func(s *storeTest) {
		fine := at.Add(123456 * time.Nanosecond)
		task := s.sample.task("a", flow.TaskRetrying, "me")
		task.LeaseUntil, task.DueAt, task.StartedAt, task.FinishedAt = fine, fine, fine, fine
		s.put(task)
		task.LeaseUntil, task.DueAt, task.StartedAt, task.FinishedAt = at, at, at, at
		s.same("the stored record", task, s.stored.task(task.TaskKey))
	}},
	{"the record is replaced as a whole", func(s *storeTest) {
		s.put(s.sample.fullTask("a", flow.TaskRetrying, "other"))
		task := s.sample.task("a", flow.TaskFailed, "me")
		task.Scope = "poll.3/batch[17]"
		_, err := s.commit(state.Equal("state", flow.TaskRetrying), task)
		s.wantNil("Commit", err)
		s.same("the stored record", task, s.stored.task(task.TaskKey))
	}},
	{"the owner of a running task commits it", func(s *storeTest) {
		task := s.running("me")
		task.State, task.Output = flow.TaskDone, json.RawMessage(`120`)
		_, err := s.commit(state.GuardOwned("me"), task)
		s.wantNil("Commit", err)
		s.same("the stored record", task, s.stored.task(task.TaskKey))
	}},
	{"a second unclaimed commit conflicts and returns the stored record", func(s *storeTest) {
		stored := s.sample.fullTask("a", flow.TaskDone, "other")
		s.put(stored)
		mine := s.sample.fullTask("a", flow.TaskDone, "me")
		mine.Output = json.RawMessage(`"mine"`)
		got, err := s.commit(state.GuardUnclaimed(at), mine)
		s.wantConflict("Commit", err)
		s.same("the returned record", stored, got)
		s.same("the stored record", stored, s.stored.task(stored.TaskKey))
	}},
	{"a commit by another than the owner conflicts", func(s *storeTest) {
		stored := s.running("other")
		got, err := s.commit(state.GuardOwned("me"), s.sample.task("a", flow.TaskDone, "me"))
		s.wantConflict("Commit", err)
		s.same("the returned record", stored, got)
		s.same("the stored record", stored, s.stored.task(stored.TaskKey))
	}},
	{"a claimed commit of an absent task conflicts and leaves none", func(s *storeTest) {
		got, err := s.commit(state.GuardOwned("me"), s.sample.task("a", flow.TaskDone, "me"))
		s.wantConflict("Commit", err)
		if stored := s.stored.task(state.TaskKey{Node: "a"}); got.State != "" || stored.State != "" {
			s.Errorf("the conflict returned %+v and left %+v, want no record", got, stored)
		}
	}},
	{"my own claim is not my commit", func(s *storeTest) {
		stored := s.running("me")
		got, err := s.commit(state.GuardUnclaimed(at), s.sample.task("a", flow.TaskDone, "me"))
		s.wantConflict("Commit", err)
		s.same("the returned record", stored, got)
	}},
	{"a commit repeated by its owner is success and returns what was recorded", func(s *storeTest) {
		stored := s.sample.fullTask("a", flow.TaskDone, "me")
		_, err := s.commit(state.GuardUnclaimed(at), stored)
		s.wantNil("Commit", err)
		again := stored
		again.Output = json.RawMessage(`"decided otherwise"`)
		got, err := s.commit(state.GuardUnclaimed(at), again)
		s.wantNil("Commit again", err)
		s.same("the returned record", stored, got)
		s.same("the stored record", stored, s.stored.task(stored.TaskKey))
	}},
	{"a failed attempt repeated by its owner is success and counts once", func(s *storeTest) {
		task := s.running("me")
		task.State, task.Failures, task.Starts, task.DueAt = flow.TaskRetrying, 1, 0, at.Add(time.Second)
		for range 2 {
			got, err := s.commit(state.GuardOwned("me"), task)
			s.wantNil("Commit", err)
			s.same("the returned record", task, got)
		}
		s.same("the stored record", task, s.stored.task(task.TaskKey))
	}},
	{"exactly one of 20 concurrent commits wins", func(s *storeTest) {
		winner := race(s, func(owner string) (string, error) {
			got, err := s.commit(state.GuardUnclaimed(at), s.sample.fullTask("a", flow.TaskDone, owner))
			return got.Owner, err
		})
		want := s.sample.fullTask("a", flow.TaskDone, winner)
		s.same("the stored record", want, s.stored.task(want.TaskKey))
	}},
}
