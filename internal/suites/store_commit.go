package suites

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func write(key, value string) state.ContextWrite {
	return state.ContextWrite{Key: key, ContextValue: state.ContextValue{Value: json.RawMessage(value)}}
}

func tombstone(key string) state.ContextWrite {
	return state.ContextWrite{Key: key, ContextValue: state.ContextValue{Deleted: true}}
}

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
	{"every field of a record is stored beside context writes", func(s *storeTest) {
		task := s.sample.fullTask("a", flow.TaskDone, "me")
		got, err := s.commit(state.GuardUnclaimed(at), task, write("k", `1`))
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
	{"context writes are visible with the record", func(s *storeTest) {
		_, err := s.commit(state.GuardUnclaimed(at), s.sample.task("a", flow.TaskDone, "me"), write("k", `1`), write("l", `{"m": null}`), tombstone("n"))
		s.wantNil("Commit", err)
		want := map[string]state.ContextValue{"k": {Value: json.RawMessage(`1`)}, "l": {Value: json.RawMessage(`{"m": null}`)}, "n": {Deleted: true}}
		s.same("Values", want, s.stored.values("k", "l", "n"))
		if got := s.stored.task(state.TaskKey{Node: "a"}).State; got != flow.TaskDone {
			s.Errorf("State = %q, want done", got)
		}
	}},
	{"a deletion leaves a tombstone, and a later write covers it", func(s *storeTest) {
		s.put(s.sample.task("a", flow.TaskDone, "me"), write("k", `1`))
		s.put(s.sample.task("b", flow.TaskDone, "me"), tombstone("k"))
		s.same("Values after the deletion", map[string]state.ContextValue{"k": {Deleted: true}}, s.stored.values("k"))
		s.put(s.sample.task("c", flow.TaskDone, "me"), write("k", `2`))
		s.same("Values after the later write", map[string]state.ContextValue{"k": {Value: json.RawMessage(`2`)}}, s.stored.values("k"))
	}},
	{"context keys belong to their run", func(s *storeTest) {
		s.put(s.sample.task("a", flow.TaskDone, "me"), write("k", `1`))
		found := s.stored.load(state.ReadSet{RunID: s.run + ":x", Keys: []string{"k"}})
		s.same("Values of another run", state.Snapshot{}, found)
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
	{"a conflicting commit writes none of its context keys and returns the stored record", func(s *storeTest) {
		stored := s.sample.fullTask("a", flow.TaskDone, "other")
		s.put(stored, write("k", `"theirs"`))
		got, err := s.commit(state.GuardUnclaimed(at), s.sample.fullTask("a", flow.TaskDone, "me"), write("k", `"mine"`), write("l", `"mine"`), tombstone("m"))
		s.wantConflict("Commit", err)
		s.same("the returned record", stored, got)
		s.same("the stored record", stored, s.stored.task(stored.TaskKey))
		s.same("Values", map[string]state.ContextValue{"k": {Value: json.RawMessage(`"theirs"`)}}, s.stored.values("k", "l", "m"))
	}},
	{"a commit by another than the owner conflicts", func(s *storeTest) {
		stored := s.running("other")
		got, err := s.commit(state.GuardOwned("me"), s.sample.task("a", flow.TaskDone, "me"), write("k", `1`))
		s.wantConflict("Commit", err)
		s.same("the returned record", stored, got)
		s.same("the stored record", stored, s.stored.task(stored.TaskKey))
		s.same("Values", map[string]state.ContextValue{}, s.stored.values("k"))
	}},
	{"a claimed commit of an absent task conflicts and leaves none", func(s *storeTest) {
		got, err := s.commit(state.GuardOwned("me"), s.sample.task("a", flow.TaskDone, "me"), write("k", `1`))
		s.wantConflict("Commit", err)
		if stored := s.stored.task(state.TaskKey{Node: "a"}); got.State != "" || stored.State != "" || len(s.stored.values("k")) > 0 {
			s.Errorf("the conflict returned %+v and left %+v, want no record and no value", got, stored)
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
	{"a commit with writes repeated by its owner is success and writes nothing", func(s *storeTest) {
		stored := s.sample.fullTask("a", flow.TaskDone, "me")
		_, err := s.commit(state.GuardUnclaimed(at), stored, write("k", `1`))
		s.wantNil("Commit", err)
		s.put(s.sample.task("b", flow.TaskDone, "other"), write("k", `2`))
		got, err := s.commit(state.GuardUnclaimed(at), stored, write("k", `1`))
		s.wantNil("Commit again", err)
		s.same("the returned record", stored, got)
		s.same("Values", map[string]state.ContextValue{"k": {Value: json.RawMessage(`2`)}}, s.stored.values("k"))
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
	{"exactly one of 20 concurrent commits with writes wins, and only its writes are there", func(s *storeTest) {
		winner := race(s, func(owner string) (string, error) {
			got, err := s.commit(state.GuardUnclaimed(at), s.sample.task("a", flow.TaskDone, owner), write("k", `"`+owner+`"`), write(owner, `1`))
			return got.Owner, err
		})
		keys := []string{"k"}
		for i := range racers {
			keys = append(keys, ownerName(i))
		}
		want := map[string]state.ContextValue{"k": {Value: json.RawMessage(`"` + winner + `"`)}, winner: {Value: json.RawMessage(`1`)}}
		s.same("Values", want, s.stored.values(keys...))
	}},
}
