package flowtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

var twoSteps = &flow.Blueprint{ID: "two-steps",
	Nodes: []flow.Node{{ID: "charge", Uses: "charge", Config: flow.NodeConfig{MaxRetries: 2}}, {ID: "ship", Uses: "ship"}},
	Edges: []flow.Edge{{Source: "charge", Target: "ship"}},
}

func TestRun(t *testing.T) {
	t.Parallel()
	run := flowtest.Run(t, twoSteps, flow.Registry{
		"charge": flowtest.FailTimes(1, errors.New("gateway timeout"), flowtest.Stub(120)),
		"ship":   flowtest.Stub("shipped"),
	}, nil)
	if run.Status != flow.Completed || string(run.Outputs["charge"]) != "120" || string(run.Result) != `"shipped"` {
		t.Errorf("run = %s, outputs %s, result %s", run.Status, run.Outputs, run.Result)
	}
}

func TestRun_a_failed_run_is_for_the_test_to_judge(t *testing.T) {
	t.Parallel()
	run := flowtest.Run(t, twoSteps, flow.Registry{
		"charge": flowtest.FailTimes(2, errors.New("no money"), flowtest.Stub(120)),
		"ship":   flowtest.Stub("shipped"),
	}, nil)
	if run.Status != flow.Failed || run.Error == nil || run.Error.NodeID != "charge" || run.Error.Attempt != 2 {
		t.Errorf("run = %s, error %+v, want failed at the second attempt of charge", run.Status, run.Error)
	}
}

func TestRun_takes_timeouts_of_any_function(t *testing.T) {
	t.Parallel()
	b := &flow.Blueprint{ID: "slow", Nodes: []flow.Node{{ID: "render", Uses: "render", Config: flow.NodeConfig{Timeout: 14 * time.Minute}}}}
	if run := flowtest.Run(t, b, flow.Registry{"render": flowtest.Stub("done")}, nil); run.Status != flow.Completed {
		t.Errorf("run = %s, want completed", run.Status)
	}
}

// failing is a test that has failed, and keeps its log.
type failing struct {
	*testing.T
	cleanup func()
	log     string
}

func (f *failing) Cleanup(c func())                  { f.cleanup = c }
func (f *failing) Failed() bool                      { return true }
func (f *failing) Logf(format string, values ...any) { f.log += fmt.Sprintf(format, values...) }

func TestRun_shows_the_run_of_a_failed_test(t *testing.T) {
	t.Parallel()
	f := &failing{T: t}
	flowtest.Run(f, twoSteps, flow.Registry{
		"charge": flowtest.FailTimes(1, errors.New("gateway timeout"), flowtest.Stub(120)),
		"ship":   flowtest.Stub("shipped"),
	}, nil)
	f.cleanup()
	for _, want := range []string{"run started", "node retrying charge: ", "gateway timeout", "node finished charge (attempt 2)", "node finished ship", "run completed"} {
		if !strings.Contains(f.log, want) {
			t.Errorf("the trace lacks %q:\n%s", want, f.log)
		}
	}
}

func TestRun_shows_the_stack_of_a_panic(t *testing.T) {
	t.Parallel()
	f := &failing{T: t}
	run := flowtest.Run(f, twoSteps, flow.Registry{
		"charge": flow.Func(func(ctx context.Context, _ any) (int, error) {
			flow.TaskFrom(ctx).Log().Info("charging", "gateway", "test")
			return overdraw(nil), nil
		}),
		"ship": flowtest.Stub("shipped"),
	}, nil)
	f.cleanup()
	if run.Status != flow.Failed || run.Error.Code != flow.CodePanic {
		t.Errorf("run = %s, want failed by a panic", run)
	}
	for _, want := range []string{"charging charge gateway=test", "nil pointer", "flowtest_test.overdraw(", "run_test.go:", "node retrying charge: ", "node failed charge (attempt 2)", "run failed"} {
		if !strings.Contains(f.log, want) {
			t.Errorf("the story lacks %q:\n%s", want, f.log)
		}
	}
}

//go:noinline
func overdraw(balance *int) int { return *balance }
