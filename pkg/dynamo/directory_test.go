package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestRun_that_is_not_there(t *testing.T) {
	t.Parallel()
	f := setup(t)
	if _, err := f.Run(t.Context(), "none"); !errors.Is(err, flow.ErrNotFound) || !strings.Contains(err.Error(), "none") {
		t.Errorf("err = %v, want ErrNotFound that names the run", err)
	}
}

func TestTasks_of_several_pages(t *testing.T) {
	t.Parallel()
	f := setup(t)
	want := map[state.TaskKey]state.TaskRecord{}
	for n := range 12 {
		task := state.TaskRecord{
			RunID: "r", TaskKey: state.TaskKey{Node: "n", Scope: fmt.Sprintf("poll.%d", n)},
			State: flow.TaskDone, Output: largeJSON(250 << 10),
		}
		if n%5 == 0 {
			task.Output = largeJSON(maxItem + 1)
		}
		f.commit(t, state.Transition{Task: &task})
		want[task.TaskKey] = task
	}
	f.commit(t, state.Transition{Task: &state.TaskRecord{RunID: "r2", TaskKey: state.TaskKey{Node: "other"}}})
	f.create(t, state.Run{ID: "r", Input: []byte(`1`)})
	got := map[state.TaskKey]state.TaskRecord{}
	requests, _ := f.wire.during(func() {
		for task, err := range f.Tasks(t.Context(), state.TaskQuery{RunID: "r", Items: true}) {
			if err != nil {
				t.Fatal(err)
			}
			got[task.TaskKey] = task
		}
	})
	equal(t, "tasks", got, want)
	queries := 0
	for _, request := range requests {
		if request == "Query" {
			queries++
		}
	}
	if queries < 2 {
		t.Errorf("%d queries: the pages were not tested", queries)
	}

	requests, _ = f.wire.during(func() {
		for range f.Tasks(t.Context(), state.TaskQuery{RunID: "r", Items: true}) {
			break
		}
	})
	if len(requests) > 2 {
		t.Errorf("a reader that stops at once made %d requests", len(requests))
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	seen := 0
	for _, err := range f.Tasks(ctx, state.TaskQuery{RunID: "r", Items: true}) {
		if seen++; !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want the context's", err)
		}
	}
	equal(t, "yields after an error", seen, 1)
}
