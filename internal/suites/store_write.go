package suites

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func write(key, value string) state.ContextWrite {
	return state.ContextWrite{Key: key, ContextValue: state.ContextValue{Value: json.RawMessage(value), Clock: clockOf(1, "a")}}
}

func tombstone(key string) state.ContextWrite {
	return state.ContextWrite{Key: key, ContextValue: state.ContextValue{Deleted: true, Clock: clockOf(1, "a")}}
}

func clockOf(depth int, node string) state.Clock {
	return state.ClockOf(0, depth, state.TaskKey{Node: node})
}

// writeBy applies a write of a node to the key k, if no newer value stands.
func writeBy(s *storeTest, clock state.Clock, value string) error {
	w := write("k", value)
	w.Clock = clock
	return s.apply(state.GuardNewer(clock, at), w, time.Time{})
}

// wantKey checks the value and the clock of the key k.
func wantKey(s *storeTest, value string, clock state.Clock) {
	s.Helper()
	s.same("k", state.ContextValue{Value: json.RawMessage(value), Clock: clock}, s.stored.values("k")["k"])
}

var writeFacts = []fact{
	{"a deletion leaves a tombstone, and a later write covers it", func(s *storeTest) {
		s.wantNil("Commit", writeBy(s, clockOf(1, "a"), `1`))
		deletion := tombstone("k")
		deletion.Clock = clockOf(2, "b")
		s.wantNil("Commit of the deletion", s.apply(state.GuardNewer(deletion.Clock, at), deletion, time.Time{}))
		s.same("k after the deletion", deletion.ContextValue, s.stored.values("k")["k"])
		s.wantNil("Commit", writeBy(s, clockOf(3, "c"), `2`))
		wantKey(s, `2`, clockOf(3, "c"))
	}},
	{"an older write changes nothing", func(s *storeTest) {
		for name, older := range map[string]state.Clock{
			"of a node before":              clockOf(9, "z"),
			"of a node beside":              clockOf(10, "a"),
			"of an epoch before":            state.ClockOf(0, 99, state.TaskKey{Node: "z"}),
			"of the same node in one scope": state.ClockOf(1, 10, state.TaskKey{Node: "b", Scope: "a"}),
		} {
			newer := clockOf(10, "b")
			if older > newer {
				newer = state.ClockOf(1, 10, state.TaskKey{Node: "b", Scope: "b"})
			}
			s.wantNil("Commit", s.apply(state.Guard{}, state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: json.RawMessage(`2`), Clock: newer}}, time.Time{}))
			s.wantConflict("Commit of a write "+name, writeBy(s, older, `1`))
			wantKey(s, `2`, newer)
		}
	}},
	{"a newer write replaces an older one", func(s *storeTest) {
		for i, newer := range []state.Clock{clockOf(9, "a"), clockOf(10, "a"), clockOf(10, "b"), state.ClockOf(1, 1, state.TaskKey{Node: "a"})} {
			s.wantNil("Commit", writeBy(s, newer, fmt.Sprint(i)))
			wantKey(s, fmt.Sprint(i), newer)
		}
	}},
	{"a write repeated is success and changes nothing", func(s *storeTest) {
		s.wantNil("Commit", writeBy(s, clockOf(1, "a"), `1`))
		s.wantNil("Commit again", writeBy(s, clockOf(1, "a"), `1`))
		wantKey(s, `1`, clockOf(1, "a"))
	}},
	{"a value without a clock is older than every write", func(s *storeTest) {
		s.wantNil("Commit", s.apply(state.Guard{}, state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: json.RawMessage(`0`)}}, time.Time{}))
		s.wantNil("Commit", writeBy(s, clockOf(1, "a"), `1`))
		wantKey(s, `1`, clockOf(1, "a"))
	}},
	{"an expired value is replaced, whatever its clock", func(s *storeTest) {
		w := write("k", `0`)
		w.Clock = clockOf(9, "a")
		s.wantNil("Commit", s.apply(state.Guard{}, w, past))
		s.wantNil("Commit", writeBy(s, clockOf(1, "a"), `1`))
		wantKey(s, `1`, clockOf(1, "a"))
	}},
	{"of 20 concurrent writes the newest stands", func(s *storeTest) {
		done := make(chan error)
		for i := range racers {
			go func() { done <- writeBy(s, clockOf(i, "a"), fmt.Sprint(i)) }()
		}
		for range racers {
			if err := <-done; err != nil {
				s.wantConflict("Commit", err)
			}
		}
		wantKey(s, fmt.Sprint(racers-1), clockOf(racers-1, "a"))
	}},
	{"context keys belong to their run", func(s *storeTest) {
		s.wantNil("Commit", writeBy(s, clockOf(1, "a"), `1`))
		found := s.stored.load(state.ReadSet{RunID: s.run + ":x", Keys: []string{"k"}})
		s.same("Values of another run", state.Snapshot{}, found)
	}},
	{"a record gives no key its value", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskDone, "me")
		task.Writes = []state.ContextWrite{write("k", `1`)}
		_, err := s.commit(state.GuardUnclaimed(at), task)
		s.wantNil("Commit", err)
		s.same("Values", map[string]state.ContextValue{}, s.stored.values("k"))
	}},
	{"a record is loaded without the values of its writes unless they are asked for", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskDone, "me")
		task.Output = json.RawMessage(`1`)
		task.Writes = []state.ContextWrite{write("k", `"small"`), write("l", large("l", 500*kb)), tombstone("m")}
		s.put(task)
		s.same("the record", task, s.stored.task(task.TaskKey))

		keys := []state.ContextWrite{{Key: "k"}, {Key: "l"}, {Key: "m"}}
		set := state.ReadSet{Tasks: []state.TaskKey{task.TaskKey}, MaxBytes: 10}
		got := s.stored.load(set).Tasks[task.TaskKey]
		s.same("Output without the writes' values", task.Output, got.Output)
		s.same("Writes without values", keys, got.Writes)
		set.Bare, set.Writes = true, true
		s.same("Writes of a bare record", keys, s.stored.load(set).Tasks[task.TaskKey].Writes)
		s.same("Writes of a listed record", keys, s.stored.tasks()[task.TaskKey].Writes)
	}},
}
