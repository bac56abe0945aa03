package suites_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// requests makes one request of each kind and returns which failed, from 1.
func requests(ctx context.Context, f *suites.Flaky) map[int]error {
	task := func(node string) state.TaskRecord {
		return state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: node}, State: flow.TaskDone, Owner: "me"}
	}
	commit := func(t state.Transition) func() error {
		return func() error { _, err := f.Commit(ctx, t); return err }
	}
	failed := map[int]error{}
	for i, call := range []func() error{
		func() error { _, err := f.Create(ctx, state.Run{ID: "r", StartOwner: "me"}); return err },
		func() error { _, err := f.Load(ctx, state.ReadSet{RunID: "r", Run: true}); return err },
		func() error {
			_, err := f.Claim(ctx, state.Claim{RunID: "r", TaskKey: state.TaskKey{Node: "a"}, Guard: state.Absent("state"), Owner: "me"})
			return err
		},
		commit(state.Transition{Guard: state.Absent("state"), Task: new(task("b"))}),
		commit(state.Transition{Run: &state.RunChange{RunID: "r", ResetRescues: true}}),
		commit(state.Transition{Run: &state.RunChange{RunID: "r", Finish: &state.Finish{Status: flow.Completed}}}),
		commit(state.Transition{Timer: &state.Timer{RunID: "r", TaskKey: state.TaskKey{Node: "t"}}}),
		commit(state.Transition{Blueprint: &state.BlueprintBody{Hash: "h"}}),
		func() error {
			_, err := f.Arrive(ctx, state.Arrival{RunID: "r", Join: state.JoinKey{TaskKey: state.TaskKey{Node: "j"}}, Arrived: []int{0}})
			return err
		},
		func() error { _, err := f.Arrive(ctx, state.Arrival{RunID: "r", Arrived: []int{0}}); return err },
		func() error { return f.Send(ctx, flow.Outgoing{Body: "1"}, flow.Outgoing{Body: "2"}) },
	} {
		if err := call(); err != nil {
			failed[i+1] = err
		}
	}
	return failed
}

var names = []string{"create run", "load", "claim a", "commit b done", "change run", "finish run completed", "keep timer t",
	"keep blueprint", "arrive at j", "arrive at the end", "send 2 messages"}

func TestFlaky(t *testing.T) {
	t.Parallel()

	t.Run("counts and names every request", func(t *testing.T) {
		t.Parallel()
		f := suites.NewFlaky(memory.NewStore(), memory.NewQueue())
		if failed := requests(t.Context(), f); len(failed) > 0 {
			t.Errorf("failed without a fault: %v", failed)
		}
		if diff := cmp.Diff(names, f.Requests()); diff != "" || f.Count() != len(names) {
			t.Errorf("Count = %d, Requests (-want +got):\n%s", f.Count(), diff)
		}
	})

	t.Run("fails the n-th request and no other", func(t *testing.T) {
		t.Parallel()
		for _, fault := range []suites.Fault{suites.LostRequest, suites.LostResponse} {
			for n := 1; n <= len(names); n++ {
				f := suites.NewFlaky(memory.NewStore(), memory.NewQueue())
				f.Inject(n, fault)
				failed := requests(t.Context(), f)
				if !errors.Is(failed[n], suites.ErrInjected) {
					t.Errorf("%s of %q: it failed with %v, want ErrInjected", fault, names[n-1], failed[n])
				}
				// Without the run there is nothing to change.
				if others := len(failed) - 1; others != 0 && (n != 1 || fault != suites.LostRequest) {
					t.Errorf("%s of %q: %d other requests failed: %v", fault, names[n-1], others, failed)
				}
			}
		}
	})

	tests := map[suites.Fault]struct {
		run    bool
		queued int
		failed bool
	}{
		suites.LostRequest:  {false, 0, true},
		suites.LostResponse: {true, 2, true},
		suites.Repeated:     {true, 4, false},
	}
	for fault, want := range tests {
		t.Run(string(fault)+" takes effect as often as it says", func(t *testing.T) {
			t.Parallel()
			store, queue := memory.NewStore(), memory.NewQueue()
			f := suites.NewFlaky(store, queue)
			f.Inject(1, fault)
			_, err := f.Create(t.Context(), state.Run{ID: "r", StartOwner: "me"})
			_, loadErr := store.Run(t.Context(), "r")
			if (err != nil) != want.failed || (loadErr == nil) != want.run {
				t.Errorf("Create = %v and then Run = %v, want failed %v and stored %v", err, loadErr, want.failed, want.run)
			}
			f.Inject(2, fault)
			err = f.Send(t.Context(), flow.Outgoing{Body: "1"}, flow.Outgoing{Body: "2"})
			if (err != nil) != want.failed || queue.Len() != want.queued {
				t.Errorf("Send = %v with %d queued, want failed %v and %d", err, queue.Len(), want.failed, want.queued)
			}
		})
	}
}
