package suites

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var directoryFacts = []fact{
	{"a run is read without its input", func(s *storeTest) {
		stored := s.create(`"input"`)
		got, err := s.Store.Run(s.Context(), s.run)
		s.wantNil("Run", err)
		s.same("Run", stored, got)
	}},
	{"every field of a run is read", func(s *storeTest) {
		stored := s.createFull()
		got, err := s.Store.Run(s.Context(), s.run)
		s.wantNil("Run", err)
		s.same("Run", stored, got)
	}},
	{"a large result is read whole", func(s *storeTest) {
		s.create(`1`)
		end := finish(flow.Completed)
		end.Result = json.RawMessage(large("result", 500*kb))
		s.wantNil("finish", s.change(state.Guard{}, state.RunChange{Finish: end}))
		got, err := s.Store.Run(s.Context(), s.run)
		s.wantNil("Run", err)
		s.sameText("Result", end.Result, got.Result)
	}},
	{"a run that does not exist is ErrNotFound", func(s *storeTest) {
		s.put(s.sample.task("a", flow.TaskDone, "me"))
		if run, err := s.Store.Run(s.Context(), s.run); !errors.Is(err, flow.ErrNotFound) {
			s.Errorf("Run = %+v, %v, want ErrNotFound", run, err)
		}
	}},
	{"a run without tasks yields none", func(s *storeTest) {
		s.create(`1`)
		s.same("Tasks", map[state.TaskKey]state.TaskRecord{}, s.stored.tasks())
	}},
	{"all tasks of a run and nothing else are yielded", func(s *storeTest) {
		s.create(large("input", 500*kb))
		want := map[state.TaskKey]state.TaskRecord{}
		for i := range 5 {
			task := s.sample.fullTask(fmt.Sprint("n", i), flow.TaskDone, "me")
			s.put(task, write(fmt.Sprint("k", i), large("k", 100*kb)))
			want[task.TaskKey] = task.WithoutWrites()
		}
		other := s.sample.fullTask("n0", flow.TaskDone, "me")
		other.RunID = s.run + ":x"
		s.put(other)
		s.arrive(state.Arrival{Arrived: []int{0}})
		s.same("Tasks", want, s.stored.tasks())
	}},
	{"tasks of more than 1 MB in all are yielded", func(s *storeTest) {
		want := map[state.TaskKey]state.TaskRecord{}
		for i := range 30 {
			size := 60 * kb
			if i == 17 {
				size = 500 * kb
			}
			task := s.sample.task(fmt.Sprint("n", i), flow.TaskDone, "me")
			task.Output = json.RawMessage(large(task.Node, size))
			s.put(task)
			want[task.TaskKey] = task
		}
		got := s.stored.tasks()
		if len(got) != len(want) {
			s.Errorf("Tasks yields %d tasks, want %d", len(got), len(want))
		}
		for key, task := range want {
			s.sameText("Output of "+key.Node, task.Output, got[key].Output)
		}
	}},
	{"the listing of tasks can be left early", func(s *storeTest) {
		for i := range 3 {
			s.put(s.sample.task(fmt.Sprint("n", i), flow.TaskDone, "me"))
		}
		seen := 0
		for _, err := range s.Store.Tasks(s.Context(), state.TaskQuery{RunID: s.run, Items: true}) {
			s.wantNil("Tasks", err)
			if seen++; seen == 2 {
				break
			}
		}
		if seen != 2 {
			s.Errorf("saw %d tasks, want 2", seen)
		}
	}},
}
