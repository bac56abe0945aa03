package flowtest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

var stubs = flow.Registry{"charge": flowtest.Stub(120), "ship": flowtest.Stub("shipped")}

func TestWithMiddleware_wraps_every_node_the_first_outermost(t *testing.T) {
	t.Parallel()
	var calls []string
	named := func(name string) flow.Middleware {
		return func(next flow.Handler) flow.Handler {
			return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
				calls = append(calls, name+" "+task.NodeID)
				return next.Handle(ctx, task)
			})
		}
	}
	flowtest.Run(t, twoSteps, stubs, nil, flowtest.WithMiddleware(named("outer")), flowtest.WithMiddleware(named("inner")))
	want := []string{"outer charge", "inner charge", "outer ship", "inner ship"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestWithEvents_reports_the_run_in_order(t *testing.T) {
	t.Parallel()
	var told []string
	flowtest.Run(t, twoSteps, stubs, nil, flowtest.WithEvents(func(e flow.Event) {
		told = append(told, strings.TrimSpace(string(e.Kind)+" "+e.NodeID))
	}))
	want := []string{"run started", "node finished charge", "node finished ship", "run completed"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestWithConfig_changes_the_engine(t *testing.T) {
	t.Parallel()
	run := flowtest.Run(t, twoSteps, stubs, nil, flowtest.WithConfig(func(c *engine.Config) { c.MaxValue = 2 }))
	if run.Status != flow.Failed || run.Error.Code != flow.CodeValueTooLarge {
		t.Errorf("run = %s, want one whose output is too large", run)
	}
}
