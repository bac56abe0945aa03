package suites

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var loadFacts = []fact{
	{"what does not exist is left out", func(s *storeTest) {
		found := s.stored.load(state.ReadSet{Run: true, Input: true, Blueprint: state.BlueprintKey{ID: "no-such-" + s.run, Hash: "h"}, Keys: []string{"k"},
			Tasks: []state.TaskKey{{Node: "a"}, {Node: "a", Scope: "s"}}, Joins: []state.JoinKey{{}, joinKey("j")}})
		s.same("Snapshot", state.Snapshot{}, found)
	}},
	{"existing items are returned without the missing ones", func(s *storeTest) {
		s.create(`1`)
		task := s.sample.task("a", flow.TaskDone, "me")
		s.put(task, write("k", `2`))
		found := s.stored.load(state.ReadSet{Keys: []string{"k", "l"}, Tasks: []state.TaskKey{{Node: "a"}, {Node: "b"}}})
		s.same("Tasks", map[state.TaskKey]state.TaskRecord{{Node: "a"}: task}, found.Tasks)
		s.same("Values", map[string]state.ContextValue{"k": write("k", `2`).ContextValue}, found.Values)
	}},
	{"only named items are read", func(s *storeTest) {
		s.create(`1`)
		s.put(s.sample.task("a", flow.TaskDone, "me"))
		found := s.stored.load(state.ReadSet{Tasks: []state.TaskKey{{Node: "a"}}})
		if found.Run != nil || found.Input != nil || found.Blueprint != nil || len(found.Values)+len(found.Joins) > 0 {
			s.Errorf("Load of one task read %+v", found)
		}
	}},
	{"an empty set reads nothing", func(s *storeTest) {
		s.create(`1`)
		s.same("Snapshot", state.Snapshot{}, s.stored.load(state.ReadSet{}))
	}},
	{"what is named twice is read once", func(s *storeTest) {
		s.put(s.sample.task("a", flow.TaskDone, "me"), write("k", `2`))
		s.arrive(state.Arrival{Arrived: []int{0}})
		key, join := state.TaskKey{Node: "a"}, joinKey("j")
		found := s.stored.load(state.ReadSet{Keys: []string{"k", "k"}, Tasks: []state.TaskKey{key, key, key}, Joins: []state.JoinKey{join, join}})
		if len(found.Tasks) != 1 || len(found.Values) != 1 || len(found.Joins) != 1 {
			s.Errorf("Load found %+v, want one task, one value and one join", found)
		}
	}},
	{"of many edges those that are needed are loaded", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskDone, "me")
		for i := range 700 {
			task.Edges = append(task.Edges, state.TakenEdge{Index: 2 * i, Value: json.RawMessage(strconv.Itoa(i))})
		}
		task.Output = json.RawMessage(`1`)
		s.put(task)
		s.same("the record with all edges", task, s.stored.task(task.TaskKey))
		for _, needed := range [][]int{{}, {0}, {1398}, {199, 200, 201}, {4, 1000}, {77}, {5000}} {
			found := s.stored.load(state.ReadSet{Tasks: []state.TaskKey{task.TaskKey}, Edges: needed}).Tasks[task.TaskKey]
			for _, index := range needed {
				want := index%2 == 0 && index < 1400
				i := slices.IndexFunc(found.Edges, func(e state.TakenEdge) bool { return e.Index == index })
				if (i >= 0) != want || want && string(found.Edges[i].Value) != strconv.Itoa(index/2) {
					s.Errorf("of the edges %v were needed, and %d is %v", needed, index, found.Edges)
				}
			}
			if abridged := len(found.Edges) < len(task.Edges); found.Abridged != abridged {
				s.Errorf("Abridged = %v of a record with %d of %d edges", found.Abridged, len(found.Edges), len(task.Edges))
			}
			found.Edges, found.Abridged = task.Edges, false
			s.same("the record but for its edges", task, found)
		}
		for _, listed := range s.stored.tasks() {
			s.same("the listed record", task, listed)
		}
		other := task
		other.Owner = "you"
		stored, err := s.commit(state.GuardUnclaimed(at), other)
		s.wantConflict("Commit", err)
		s.same("the record that decides", task, stored)
	}},
	{"a task does not show in another run", func(s *storeTest) {
		s.put(s.sample.task("a", flow.TaskDone, "me"))
		for _, id := range []string{s.run + "x", s.run + ":a", s.run[:len(s.run)-1]} {
			found := s.stored.load(state.ReadSet{RunID: id, Tasks: []state.TaskKey{{Node: "a"}}})
			s.same("Tasks of run "+id, state.Snapshot{}, found)
		}
	}},
	{"more than 100 items are one load", func(s *storeTest) {
		s.create(`1`)
		set := state.ReadSet{Run: true, Input: true}
		for i := range 130 {
			task := s.sample.task("n"+strconv.Itoa(i), flow.TaskDone, "me")
			task.Output = json.RawMessage(strconv.Itoa(i))
			set.Tasks = append(set.Tasks, task.TaskKey)
			var writes []state.ContextWrite
			for k := 10 * i; i < 12 && k < 10*i+10; k++ {
				writes = append(writes, write(fmt.Sprint("k", k), strconv.Itoa(k)))
				set.Keys = append(set.Keys, fmt.Sprint("k", k))
			}
			s.put(task, writes...)
		}
		found := s.stored.load(set)
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
