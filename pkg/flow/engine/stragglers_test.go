package engine_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const (
	stubbornOnce = `{"id":"b","nodes":[{"id":"a","uses":"stubborn","config":{"timeout":1000,"maxRetries":2,"semantics":"at-most-once"}}]}`
	stubborn     = `{"id":"b","nodes":[{"id":"a","uses":"stubborn","config":{"timeout":1000,"maxRetries":2}}]}`
)

// ignoring returns code whose first attempt ignores its context until over is closed.
func ignoring(over chan struct{}) flow.Registry {
	return flow.Registry{"stubborn": taskFunc(func(task *flow.Task) (flow.Result, error) {
		if task.Attempt == 1 {
			<-over
		}
		return flow.Result{Output: task.Attempt}, nil
	})}
}

// outlive begins a run whose code outlives its first attempt, and returns the message
// of the second.
func (w *world) outlive() state.Message {
	w.Helper()
	w.handle(w.start())
	if got := w.record("a"); got.State != flow.TaskRetrying {
		w.Fatalf("the node is %q after its timeout, want %s", got.State, flow.TaskRetrying)
	}
	return w.takeOne().Message
}

// At-most-once code must not run beside an earlier attempt of itself. The process that
// still runs it knows.
func TestFurtherAttemptWaitsForCodeThatStillRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		w := setup(t, stubbornOnce, ignoring(over))
		retry := w.outlive()
		before, mark := w.record("a"), w.count()
		for _, receives := range []int{1, 2, 3} {
			if err := w.wantBack(onReceive(retry, receives)); !strings.Contains(err.Error(), "still runs") {
				t.Errorf("the error is %v, want that the code still runs", err)
			}
		}
		w.wantRequests(mark, "load", "load", "load")
		w.handle(onReceive(retry, 4)) // near the dead letters: sent again
		sent := w.takeOne()
		if sent.OriginalID() != retry.ID {
			t.Errorf("the message that was sent again stands for %q, want %q", sent.OriginalID(), retry.ID)
		}
		w.wantStarts("a", 1)
		if after := w.record("a"); after.Starts != before.Starts || after.State != before.State {
			t.Errorf("the record is %+v, want it unchanged: %+v", after, before)
		}
		close(over)
		synctest.Wait()
		w.handle(sent.Message)
		w.wantStarts("a", 2)
		w.wantRun(flow.Completed)
	})
}

// Another process does not know, and code that may run several times need not wait.
func TestFurtherAttemptStartsBesideCodeThatStillRuns(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint string
		elsewhere bool
	}{
		"in another process":    {stubbornOnce, true},
		"of at-least-once code": {stubborn, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				over := make(chan struct{})
				defer close(over)
				w := setup(t, test.blueprint, ignoring(over))
				retry := w.outlive()
				if test.elsewhere {
					w.engine = w.newEngine(ignoring(over))
				}
				w.handle(retry)
				w.wantStarts("a", 2)
				w.wantRun(flow.Completed)
			})
		})
	}
}

// A redelivered message that leads to the task does not wait with it: the task gets a
// message of its own.
func TestCodeThatStillRunsDoesNotHoldTheMessageBeforeIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		w := setup(t, `{"id":"b","nodes":[{"id":"s","uses":"pass"},{"id":"a","uses":"stubborn","config":{"timeout":1000,"maxRetries":2,"semantics":"at-most-once"}}],
			"edges":[{"source":"s","target":"a"}]}`, ignoring(over))
		start := w.start()
		w.handle(start)
		w.wantSent("a")
		w.clock.pass(lease)
		w.handle(again(start))
		w.wantSent("a")
		w.wantStarts("a", 1)
		close(over)
		synctest.Wait()
		w.clock.pass(lease)
		w.handle(again(start))
		w.wantStarts("a", 2)
		w.wantRun(flow.Completed)
	})
}

// Code that goes on is told with the number of its like. Code that ends soon after its
// timeout is not.
func TestCodeThatStillRunsIsTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		takes time.Duration
		want  int
	}{
		"ends within the grace": {900 * time.Millisecond, 0},
		"goes on":               {time.Minute, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				over := make(chan struct{})
				w := setup(t, stubborn, ignoring(over), func(c *engine.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
				w.outlive()
				time.Sleep(test.takes)
				close(over)
				synctest.Wait()
				if got := strings.Count(strings.Join(w.events.texts(), "\n"), string(flow.CodeStillRunning)+" a"); got != test.want {
					t.Errorf("it was told %d times, want %d: %q", got, test.want, w.events.texts())
				}
				if test.want == 0 {
					return
				}
				for _, part := range []string{"level=WARN", `msg="code still running"`, "run_id=run", "blueprint_id=b", "node_id=a", "attempt=1", "of 1 attempts"} {
					if !strings.Contains(log.String(), part) {
						t.Errorf("the log has no %s:\n%s", part, log.String())
					}
				}
			})
		})
	}
}
