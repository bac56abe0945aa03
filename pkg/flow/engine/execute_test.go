package engine_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// Code that calls runtime.Goexit, as t.FailNow does, never returns: nothing must wait
// for it.
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

// readsLater has code that asks for the output of a node that has not run: it is read.
const readsLater = `{"id":"b","nodes":[{"id":"a","uses":"read"},{"id":"z","uses":"pass"}],"edges":[{"source":"a","target":"z"}]}`

// A store error while a node's code reads is no failure of the node.
func TestReadThatFailsInNodeCodeIsNoFailureOfTheNode(t *testing.T) {
	t.Parallel()
	read := flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		var v any
		if _, err := task.Get(ctx, "z", &v); err != nil {
			return flow.Result{}, errors.New("told in words of its own")
		}
		return flow.Result{Output: v}, nil
	})
	w := setup(t, readsLater, flow.Registry{"read": read})
	w.inject("lose the request of load")
	w.handle(w.start())
	if got := w.record("a"); got.State != "" {
		t.Errorf("the node is %s with %+v after a failed read, want no record", got.State, got.Error)
	}
	w.drain()
	w.wantRun(flow.Completed)
}

// An error from a context that the code itself ended is the code's own failure.
func TestReadWithAnEndedContextIsTheNodesFailure(t *testing.T) {
	t.Parallel()
	read := flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		var v any
		_, err := task.Get(ended, "z", &v)
		return flow.Result{}, err
	})
	w := setup(t, readsLater, flow.Registry{"read": read})
	w.handle(w.start())
	w.wantRun(flow.Failed)
}

// explosive panics when it is encoded.
type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("boom") }

// The output's MarshalJSON is node code too: its panic must not end the worker.
func TestOutputThatPanicsWhenEncodedFailsItsNode(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"explode"}]}`, flow.Registry{"explode": flowtest.Stub(explosive{})})
	w.handle(w.start())
	w.wantRun(flow.Failed)
	if got := w.run().Error; got.Code != flow.CodePanic || !strings.HasPrefix(got.Message, "boom, at ") {
		t.Errorf("the error is %+v, want the panic", got)
	}
}

// Code that ignores its timeout goes on beside the tasks that follow: it must share
// nothing with them, which the race detector checks.
func TestLateResultOfTimedOutCodeIsDropped(t *testing.T) {
	t.Parallel()
	over, gone := make(chan struct{}), make(chan struct{})
	stubborn := taskFunc(func(task *flow.Task) (flow.Result, error) {
		defer close(gone)
		use := func(n int) (readErr, writeErr error) {
			var v any
			_, readErr = task.Get(context.WithoutCancel(t.Context()), []string{"x", "key", "other"}[n%3], &v)
			_ = string(task.Input)
			return readErr, task.Set("key", n)
		}
		for n := 0; ; n++ {
			select {
			case <-over:
				if readErr, writeErr := use(n); readErr == nil || writeErr == nil {
					t.Errorf("after the end a read came to %v and a write to %v, want errors", readErr, writeErr)
				}
				return flow.Result{Output: "late"}, nil
			default:
				_, _ = use(n)
			}
		}
	})
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"stubborn","inputs":"x","config":{"timeout":1,"fallback":"f"}},{"id":"f","uses":"eval","params":{"expression":"[x, key, other]"}},
		{"id":"c","uses":"set","params":{"values":{"key":"key","other":"1"}}},{"id":"d","uses":"pass","inputs":"key"}],
		"edges":[{"source":"a","target":"c"},{"source":"c","target":"d"}]}`, flow.Registry{"stubborn": stubborn})
	w.handle(w.start())
	close(over)
	<-gone
	w.drain()
	w.wantRun(flow.Completed)
	if got := w.record("a").Error; got == nil || got.Code != flow.CodeTimeout {
		t.Errorf("the node's error is %+v, want a timeout", got)
	}
	if got := string(w.run().Result); got != "null" {
		t.Errorf("the late write of the key was kept: %s", got)
	}
}

func TestTaskOfATestHasItsOwnContext(t *testing.T) {
	t.Parallel()
	task := &flow.Task{Input: []byte(`5`)}
	code := flow.TaskFunc(func(ctx context.Context, task *flow.Task, n int) (flow.Result, error) {
		var seen int
		if _, err := task.Get(ctx, "seen", &seen); err != nil {
			return flow.Result{}, err
		}
		return flow.Result{Output: seen}, task.Set("seen", seen+n)
	})
	for _, want := range []int{0, 5, 10} {
		if got, err := code.Handle(t.Context(), task); err != nil || got.Output != want {
			t.Errorf("got %v, %v, want %d", got.Output, err, want)
		}
	}
}
