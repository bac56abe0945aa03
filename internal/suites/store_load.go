package suites

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var loadFacts = []fact{
	{"what does not exist is left out", func(s *storeTest) {
		found := s.load(state.ReadSet{Run: true, Input: true, Blueprint: state.BlueprintKey{ID: "no-such-" + s.run, Hash: "h"}, Keys: []string{"k"},
			Tasks: []state.TaskKey{{Node: "a"}, {Node: "a", Scope: "s"}}, Joins: []state.JoinKey{{}, joinKey("j")}})
		s.same("Snapshot", state.Snapshot{}, found)
	}},
	{"what exists comes without what does not", func(s *storeTest) {
		s.create(`1`)
		task := s.task("a", flow.TaskDone, "me")
		s.put(task, write("k", `2`))
		found := s.load(state.ReadSet{Keys: []string{"k", "l"}, Tasks: []state.TaskKey{{Node: "a"}, {Node: "b"}}})
		s.same("Tasks", map[state.TaskKey]state.TaskRecord{{Node: "a"}: task}, found.Tasks)
		s.same("Values", map[string]state.ContextValue{"k": {Value: json.RawMessage(`2`)}}, found.Values)
	}},
	{"only what is named is read", func(s *storeTest) {
		s.create(`1`)
		s.put(s.task("a", flow.TaskDone, "me"))
		found := s.load(state.ReadSet{Tasks: []state.TaskKey{{Node: "a"}}})
		if found.Run != nil || found.Input != nil || found.Blueprint != nil || len(found.Values)+len(found.Joins) > 0 {
			s.Errorf("Load of one task read %+v", found)
		}
	}},
	{"an empty set reads nothing", func(s *storeTest) {
		s.create(`1`)
		s.same("Snapshot", state.Snapshot{}, s.load(state.ReadSet{}))
	}},
	{"what is named twice is read once", func(s *storeTest) {
		s.put(s.task("a", flow.TaskDone, "me"), write("k", `2`))
		s.arrive(state.Arrival{Arrived: []int{0}})
		key, join := state.TaskKey{Node: "a"}, joinKey("j")
		found := s.load(state.ReadSet{Keys: []string{"k", "k"}, Tasks: []state.TaskKey{key, key, key}, Joins: []state.JoinKey{join, join}})
		if len(found.Tasks) != 1 || len(found.Values) != 1 || len(found.Joins) != 1 {
			s.Errorf("Load found %+v, want one task, one value and one join", found)
		}
	}},
	{"a task does not show in another run", func(s *storeTest) {
		s.put(s.task("a", flow.TaskDone, "me"))
		for _, id := range []string{s.run + "x", s.run + ":a", s.run[:len(s.run)-1]} {
			found := s.load(state.ReadSet{RunID: id, Tasks: []state.TaskKey{{Node: "a"}}})
			s.same("Tasks of run "+id, state.Snapshot{}, found)
		}
	}},
	{"more than 100 items are one load", func(s *storeTest) {
		s.create(`1`)
		set := state.ReadSet{Run: true, Input: true}
		for i := range 130 {
			task := s.task("n"+strconv.Itoa(i), flow.TaskDone, "me")
			task.Output = json.RawMessage(strconv.Itoa(i))
			set.Tasks = append(set.Tasks, task.TaskKey)
			var writes []state.ContextWrite
			for k := 10 * i; i < 12 && k < 10*i+10; k++ {
				writes = append(writes, write(fmt.Sprint("k", k), strconv.Itoa(k)))
				set.Keys = append(set.Keys, fmt.Sprint("k", k))
			}
			s.put(task, writes...)
		}
		found := s.load(set)
		if found.Run == nil || found.Input == nil || len(found.Tasks) != 130 || len(found.Values) != 120 {
			s.Fatalf("Load found run %v, input %s, %d tasks and %d values; want both, 130 and 120",
				found.Run != nil, found.Input, len(found.Tasks), len(found.Values))
		}
		for key, task := range found.Tasks {
			s.sameText("Output of "+key.Node, []byte(key.Node[1:]), task.Output)
		}
		for key, value := range found.Values {
			s.sameText("value of "+key, []byte(key[1:]), value.Value)
		}
	}},
}
