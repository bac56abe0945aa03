package memory_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// The deadline of a context is on the real clock, the run's times are on one that
// jumps: they are not compared.
func TestRunWithADeadlineCompletesIfItsWorkIsDoneBefore(t *testing.T) {
	t.Parallel()
	busyTwice := flow.Registry{"price": flowtest.FailTimes(2, errors.New("busy"), prices)}
	for name, test := range map[string]struct {
		deadline time.Duration
		node     flow.Node
	}{
		"a pass node in ten seconds":            {10 * time.Second, flow.Node{ID: "price", Uses: "pass"}},
		"a pass node in a second":               {time.Second, flow.Node{ID: "price", Uses: "pass"}},
		"a retry after more than is left":       {5 * time.Minute, flow.Node{ID: "price", Uses: "price", Config: flow.NodeConfig{MaxRetries: 3, RetryDelay: 10 * time.Minute}}},
		"a timer after more than is left":       {5 * time.Minute, flow.Node{ID: "price", Uses: "price", Config: flow.NodeConfig{MaxRetries: 3, RetryDelay: 30 * time.Hour}}},
		"a node's timeout of more than is left": {10 * time.Second, flow.Node{ID: "price", Uses: "pass", Config: flow.NodeConfig{Timeout: time.Hour}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
				defer cancel()
				run, err := memory.Run(ctx, chain(test.node), busyTwice, order{3})
				if err != nil || run.Status != flow.Completed {
					t.Errorf("Run = %v, %v, want completed", run, err)
				}
			})
		})
	}
}

// stubborn is node code that works on until its context ends.
var stubborn = flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
	<-ctx.Done()
	return flow.Result{}, context.Cause(ctx)
})

func TestRunEndsWithItsContextDuringANode(t *testing.T) {
	t.Parallel()
	b := chain(flow.Node{ID: "price", Uses: "stubborn", Config: flow.NodeConfig{MaxRetries: 1000, Timeout: time.Hour}})
	for name, test := range map[string]struct {
		end  func(context.Context) (context.Context, context.CancelFunc)
		want error
	}{
		"its deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*time.Second)
		}, context.DeadlineExceeded},
		"its cancellation": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(10*time.Second, cancel)
			return ctx, cancel
		}, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.end(t.Context())
				defer cancel()
				run, err := memory.Run(ctx, b, flow.Registry{"stubborn": stubborn}, nil)
				if !errors.Is(err, test.want) || run != nil {
					t.Errorf("Run = %v, %v, want %v and no report", run, err, test.want)
				}
				if took := time.Since(start); took > 15*time.Second {
					t.Errorf("Run went on for %s, want 10s", took)
				}
			})
		})
	}
}
