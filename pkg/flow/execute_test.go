package flow_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// Code that calls runtime.Goexit, as t.FailNow does, never returns: nothing
// must wait for it.
func TestCodeThatEndsItsGoroutineFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exit := flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
			runtime.Goexit()
			return flow.Result{}, nil
		})
		b := &flow.Blueprint{ID: "exit", Nodes: []flow.Node{{ID: "a", Uses: "exit"}}}
		run, _ := memory.Run(t.Context(), b, flow.Registry{"exit": exit}, nil)
		if run.Status != flow.Failed || run.Error.Code != flow.CodePanic {
			t.Errorf("the run is %s with %+v, want failed with code %s", run.Status, run.Error, flow.CodePanic)
		}
	})
}

// A store that fails while a node's code reads from it says nothing of the node.
func TestReadThatFailsInNodeCodeIsNoFailureOfTheNode(t *testing.T) {
	t.Parallel()
	read := flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		var v any
		if _, err := task.Get(ctx, "key", &v); err != nil {
			return flow.Result{}, errors.New("told in words of its own")
		}
		return flow.Result{Output: v}, nil
	})
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"read"}]}`, flow.Registry{"read": read})
	w.wire.Inject(3, flowtest.LostRequest) // after the blueprint's body and the run: the read
	start := w.start()
	w.wantBack(start)
	if got := w.record("a"); got.State != "" {
		t.Errorf("the node is %s with %+v after a failed read, want no record", got.State, got.Error)
	}
	w.clock.pass(lease + time.Second)
	w.handle(again(start))
	w.drain()
	w.wantRun(flow.Completed)
}

// An ended context of the code's own is the code's own affair.
func TestReadWithAnEndedContextIsTheNodesFailure(t *testing.T) {
	t.Parallel()
	read := flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		var v any
		_, err := task.Get(ended, "key", &v)
		return flow.Result{}, err
	})
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"read"}]}`, flow.Registry{"read": read})
	w.handle(w.start())
	w.wantRun(flow.Failed)
}

// explosive panics when it is encoded.
type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("boom") }

// The output's own code is the node's code too: its panic must not end the worker.
func TestOutputThatPanicsWhenEncodedFailsItsNode(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"explode"}]}`, flow.Registry{"explode": flowtest.Stub(explosive{})})
	w.handle(w.start())
	w.wantRun(flow.Failed)
	if got := w.run().Error; got.Code != flow.CodePanic || got.Message != "panic: boom" {
		t.Errorf("the error is %+v, want the panic", got)
	}
}
