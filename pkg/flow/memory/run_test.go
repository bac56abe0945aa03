package memory_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

type order struct{ Qty int }

var prices = flow.Func(func(_ context.Context, o order) (int, error) { return o.Qty * 40, nil })

func chain(first flow.Node) *flow.Blueprint {
	return &flow.Blueprint{ID: "order", Nodes: []flow.Node{first, {ID: "ship", Uses: "pass"}},
		Edges: []flow.Edge{{Source: first.ID, Target: "ship"}}}
}

func TestRunReturnsTheRunWithItsOutputs(t *testing.T) {
	t.Parallel()
	run, err := memory.Run(t.Context(), chain(flow.Node{ID: "price", Uses: "price"}), flow.Registry{"price": prices}, order{3})
	if err != nil {
		t.Fatal(err)
	}
	if run.Status != flow.Completed || string(run.Result) != "120" {
		t.Errorf("Status = %s with result %s, want completed with 120", run.Status, run.Result)
	}
	want := map[string]json.RawMessage{"price": json.RawMessage(`120`), "ship": json.RawMessage(`120`)}
	if diff := cmp.Diff(want, run.Outputs); diff != "" {
		t.Errorf("Outputs (-want +got):\n%s", diff)
	}
}

func TestRunSkipsDelays(t *testing.T) {
	t.Parallel()
	for name, delay := range map[string]time.Duration{"that a queue takes": 10 * time.Minute, "that need a timer": 30 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := chain(flow.Node{ID: "price", Uses: "price", Config: flow.NodeConfig{MaxRetries: 3, RetryDelay: delay}})
				registry := flow.Registry{"price": flowtest.FailTimes(2, errors.New("busy"), prices)}
				run, err := memory.Run(t.Context(), b, registry, order{3})
				if err != nil || run.Status != flow.Completed {
					t.Errorf("Run = %s, %v, want completed", run.Status, err)
				}
				if took := run.Node("ship").FinishedAt.Sub(*run.Node("price").StartedAt); took != 2*delay {
					t.Errorf("the run took %s by its own times, want twice %s", took, delay)
				}
				if passed := time.Since(start); passed != 0 {
					t.Errorf("%s of real time passed, want none", passed)
				}
			})
		})
	}
}

func TestRunGivesANodeTheTimeoutThatItsBlueprintNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
			select {
			case <-ctx.Done():
				return flow.Result{}, ctx.Err()
			case <-time.After(29 * time.Minute):
				return flow.Result{Output: "done"}, nil
			}
		})
		b := chain(flow.Node{ID: "price", Uses: "slow", Config: flow.NodeConfig{Timeout: 30 * time.Minute}})
		run, err := memory.Run(t.Context(), b, flow.Registry{"slow": slow}, nil)
		if err != nil || run.Status != flow.Completed {
			t.Errorf("Run = %s, %v, want completed", run.Status, err)
		}
	})
}

func TestRunReturnsAFailedRunWithItsNodeError(t *testing.T) {
	t.Parallel()
	failing := flowtest.FailTimes(9, flow.WithCode(errors.New("declined"), "card"), prices)
	b := chain(flow.Node{ID: "price", Uses: "price", Config: flow.NodeConfig{MaxRetries: 2}})
	run, err := memory.Run(t.Context(), b, flow.Registry{"price": failing}, order{3})
	failure, ok := errors.AsType[*flow.NodeError](err)
	if !ok {
		t.Fatalf("Run = %v, want a NodeError", err)
	}
	if failure.RunID != run.RunID || failure.NodeID != "price" || failure.Code != "card" || failure.Attempt != 2 {
		t.Errorf("NodeError = %+v, want of run %s, node price, code card and attempt 2", failure, run.RunID)
	}
	if run.Status != flow.Failed || len(run.Outputs) != 0 {
		t.Errorf("Run = %s with outputs %v, want failed with none", run.Status, run.Outputs)
	}
}

func TestRunRefusesAnInvalidBlueprint(t *testing.T) {
	t.Parallel()
	_, err := memory.Run(t.Context(), chain(flow.Node{ID: "price", Uses: "nothing"}), nil, nil)
	if _, ok := errors.AsType[*flow.InvalidError](err); !ok {
		t.Errorf("Run = %v, want an InvalidError", err)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	stop := flow.Func(func(context.Context, order) (int, error) { calls++; cancel(); return 0, ctx.Err() })
	b := chain(flow.Node{ID: "price", Uses: "price", Config: flow.NodeConfig{MaxRetries: 1000}})
	if _, err := memory.Run(ctx, b, flow.Registry{"price": stop}, order{3}); !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("Run = %v after %d calls, want context.Canceled after 1", err, calls)
	}
}

func TestFinishSaysWhyMessagesWereGivenUp(t *testing.T) {
	t.Parallel()
	store, queue := memory.NewStore(), memory.NewQueue()
	id, err := client.New(queue, nil).Start(t.Context(), "order", "a secret")
	if err != nil {
		t.Fatal(err)
	}
	reject := consumerFunc(func(context.Context, state.Message) error { return &flow.RejectError{Reason: "no such blueprint"} })
	_, err = memory.Finish(t.Context(), store, queue, reject, id)
	rejected, ok := errors.AsType[*flow.RejectError](err)
	if !errors.Is(err, flow.ErrNotFound) || !ok || rejected.Reason != "no such blueprint" {
		t.Errorf("Finish = %v, want ErrNotFound and the rejection", err)
	}
}
