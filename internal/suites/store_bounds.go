package suites

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// heavy stores a finished run with an input, a context key, and a record with two
// edges that have values, and returns the set of all of it and the size of its values.
// Edge 3 is not needed, and its value does not count.
func heavy(s *storeTest, size int) (set state.ReadSet, bytes int) {
	s.Helper()
	value := func(name string) json.RawMessage { return json.RawMessage(large(name, size)) }
	s.create(string(value("input")))
	task := s.sample.fullTask("a", flow.TaskDone, "me")
	task.Output = value("output")
	task.Edges = []state.TakenEdge{{Index: 1, Value: value("needed")}, {Index: 3, Value: value("not needed")}}
	s.put(task, write("k", string(value("key"))))
	end := finish(flow.Completed)
	end.Result = value("result")
	s.wantNil("finish", s.change(state.Guard{}, state.RunChange{Finish: end}))
	set = state.ReadSet{RunID: s.run, Run: true, Input: true, Keys: []string{"k"}, Tasks: []state.TaskKey{task.TaskKey}, Edges: []int{1}}
	for _, name := range []string{"input", "output", "needed", "key", "result"} {
		bytes += len(value(name))
	}
	return set, bytes
}

// wantBare checks that a snapshot of [heavy] has everything but values.
func wantBare(s *storeTest, found state.Snapshot, set state.ReadSet) {
	s.Helper()
	if found.Run == nil || found.Run.Status != flow.Completed || len(found.Tasks) != 1 {
		s.Fatalf("Load found %v, want the run and its task", found)
	}
	if found.Size(nil) != 0 || found.Input != nil || len(found.Values) > 0 {
		s.Errorf("Load found %v, want no values", found)
	}
	wantBareTask(s, found.Tasks[set.Tasks[0]])
}

func wantBareTask(s *storeTest, got state.TaskRecord) {
	s.Helper()
	want := s.sample.fullTask("a", flow.TaskDone, "me").Strip()
	want.Edges = []state.TakenEdge{{Index: 1}, {Index: 3}}
	want.Omitted = got.Omitted
	s.same("the record", want, got)
}

// boundFacts are about reading no more values than a reader can hold, from small ones,
// which lie in the items, to large ones.
func boundFacts() (facts []fact) {
	for _, size := range []int{kb, 500 * kb} {
		facts = append(facts,
			fact{fmt.Sprintf("values of %d KB up to the limit are read", size/kb), func(s *storeTest) {
				set, bytes := heavy(s, size)
				set.MaxBytes = bytes
				found := s.stored.load(set)
				if got := found.Size(set.Edges); got != bytes || found.Tasks[set.Tasks[0]].Bare {
					s.Errorf("Load found %d bytes of values, want %d", got, bytes)
				}
			}},
			fact{fmt.Sprintf("values of %d KB above the limit are left out, and their sum is told", size/kb), func(s *storeTest) {
				set, bytes := heavy(s, size)
				set.MaxBytes = bytes - 1
				found, err := s.Store.Load(s.Context(), set)
				if tooLarge, ok := errors.AsType[*state.TooLargeError](err); !ok || *tooLarge != (state.TooLargeError{Bytes: bytes, Limit: bytes - 1}) {
					s.Fatalf("Load = %v, want a TooLargeError with %d bytes", err, bytes)
				}
				wantBare(s, found, set)
			}},
			fact{fmt.Sprintf("values of %d KB that are not asked for are not read", size/kb), func(s *storeTest) {
				set, _ := heavy(s, size)
				set.Bare = true
				wantBare(s, s.stored.load(set), set)
				for task, err := range s.Store.Tasks(s.Context(), state.TaskQuery{RunID: s.run, Bare: true}) {
					s.wantNil("Tasks", err)
					wantBareTask(s, task)
				}
			}},
			fact{fmt.Sprintf("listed values of %d KB above the limit are left out, with their sizes", size/kb), func(s *storeTest) {
				total, listed := 0, 0
				for i := range 4 {
					task := s.sample.task(fmt.Sprint("n", i), flow.TaskDone, "me")
					task.Output = json.RawMessage(large("n", size))
					total += len(task.Output)
					s.put(task)
				}
				for task, err := range s.Store.Tasks(s.Context(), state.TaskQuery{RunID: s.run, MaxBytes: total - 1}) {
					s.wantNil("Tasks", err)
					listed++
					if omitted := listed == 4; task.Bare != omitted || omitted != (task.Output == nil) || task.Omitted+len(task.Output) != total/4 {
						s.Errorf("task %d is %v, bare: %v, want the last without its value", listed, task, task.Bare)
					}
				}
				if listed != 4 {
					s.Errorf("Tasks yields %d tasks, want 4", listed)
				}
			}},
		)
	}
	return append(facts, fact{"a record of many edges can be read without values", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskDone, "me")
		for i := range 120 {
			task.Edges = append(task.Edges, state.TakenEdge{Index: i, Value: json.RawMessage(large("e", 3*kb))})
		}
		s.put(task)
		found := s.stored.load(state.ReadSet{Tasks: []state.TaskKey{task.TaskKey}, Bare: true}).Tasks[task.TaskKey]
		s.same("the record", task.Strip(), found)
		bytes := task.Size([]int{7})
		set := state.ReadSet{Tasks: []state.TaskKey{task.TaskKey}, Edges: []int{7}, MaxBytes: bytes}
		found = s.stored.load(set).Tasks[task.TaskKey]
		if found.Size(set.Edges) != bytes {
			s.Errorf("the record with one needed edge has %d bytes, want %d", found.Size(set.Edges), bytes)
		}
	}})
}
