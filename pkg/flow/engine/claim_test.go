package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const chain3 = `{"id":"chain","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],
	"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`

// A message is never acknowledged while another lease is live, in any state of the
// task.
func TestLiveLeaseHoldsTheMessageUntilItEnds(t *testing.T) {
	t.Parallel()
	for _, in := range []flow.State{flow.TaskRunning, flow.TaskDone, flow.TaskFailed} {
		for _, via := range []state.Via{state.ViaMessage, state.ViaInline} {
			for _, receives := range []int{1, 2} {
				t.Run(string(in)+" via "+string(via), func(t *testing.T) {
					t.Parallel()
					w := setup(t, chain3, nil)
					w.create()
					task := done("a", 0)
					task.State, task.Via = in, via
					task.Error = &flow.Failure{}
					task.LeaseUntil = w.clock.Now().Add(30 * time.Second)
					w.put(task)
					job := onReceive(w.job("a"), receives)
					w.wantHeld(job, task.LeaseUntil)
					w.clock.pass(30*time.Second - time.Millisecond)
					w.wantHeld(job, task.LeaseUntil)
					w.wantStarts("a", 0)
					w.wantStarts("b", 0)
					w.wantSent()
					w.clock.pass(time.Millisecond)
					w.handle(job)
				})
			}
		}
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	t.Run("takes the lease of the invocation plus the clocks' skew", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.inject("crash before commit a")
		w.wantBack(w.job("a"))
		got := w.record("a")
		if got.State != flow.TaskRunning || !got.LeaseUntil.Equal(w.clock.Now().Add(lease)) || got.Starts != 1 || got.Via != state.ViaMessage {
			t.Errorf("the record is %+v, want running, leased for %s, with one start, by message", got, lease)
		}
	})
	t.Run("takes over when the lease has run out, and counts the start", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		task := inState("a", flow.TaskRunning)
		task.Starts = 2
		w.put(task)
		w.inject("crash before commit a")
		w.wantBack(w.job("a"))
		if got := w.record("a"); got.Starts != 3 || got.Owner == "another" {
			t.Errorf("the record is %+v, want 3 starts and a new owner", got)
		}
	})
	t.Run("of a waiting task acknowledges", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.put(inState("a", flow.TaskWaiting))
		w.handle(w.job("a"))
		w.wantStarts("a", 0)
		w.wantSent()
	})
	t.Run("whose response was lost is its own", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.inject("repeat claim a")
		w.handle(w.job("a"))
		w.wantStarts("a", 1)
		if got := w.record("a").Starts; got != 1 {
			t.Errorf("%d starts were counted, want 1", got)
		}
		w.wantRun(flow.Completed)
	})
	t.Run("whose answer was lost is given back, and counts no start", func(t *testing.T) {
		t.Parallel()
		for _, semantics := range []string{"at-least-once", "at-most-once"} {
			w := setup(t, `{"id":"chain","nodes":[{"id":"a","uses":"pass","config":{"semantics":"`+semantics+`"}}]}`, nil)
			w.create()
			for range 7 {
				w.inject("lose the answer of claim a")
				w.wantBack(w.job("a"))
				if got := w.record("a"); got.Starts != 0 || got.State != flow.TaskRetrying {
					t.Errorf("%s: the task is %s after %d starts, want it to be free after none", semantics, got.State, got.Starts)
				}
			}
			w.wantStarts("a", 0)
			w.handle(w.job("a"))
			w.wantStarts("a", 1)
			w.wantRun(flow.Completed)
		}
	})
	t.Run("whose answer is lost with the end of the context is given back, too", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		ctx, cancel := context.WithCancel(t.Context())
		w.wire.Answered = func(a fault.Answer) {
			if a.Request.Is("claim a") {
				cancel()
			}
		}
		w.inject("lose the answer of claim a")
		if err := w.engine.Handle(ctx, w.job("a")); err == nil {
			t.Error("a message whose task has not begun was acknowledged")
		}
		if got := w.record("a"); got.Starts != 0 || got.State != flow.TaskRetrying {
			t.Errorf("the task is %s after %d starts, want it to be free after none", got.State, got.Starts)
		}
	})
	t.Run("whose answer was lost, and which cannot be read, is held by its lease", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.inject("lose the answer of claim a")
		w.inject("lose the request of the 2nd load")
		w.wantBack(w.job("a"))
		w.wantHeld(again(w.job("a")), w.clock.Now().Add(lease))
	})
}

// One worker records the same task twice at the same time.
func TestOwnerIsUniquePerHandling(t *testing.T) {
	t.Parallel()
	for name, blueprint := range map[string]string{
		"a claimed task": `{"id":"b","nodes":[{"id":"a","uses":"slow"}]}`,
		"at most once":   `{"id":"b","nodes":[{"id":"a","uses":"slow","config":{"semantics":"at-most-once"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running, finish := make(chan struct{}), make(chan struct{})
			w := setup(t, blueprint, flow.Registry{"slow": taskFunc(func(*flow.Task) (flow.Result, error) {
				close(running)
				<-finish
				return flow.Result{}, nil
			})})
			w.create()
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := w.engine.Handle(t.Context(), w.job("a")); err != nil {
					t.Errorf("the first: %v", err)
				}
			})
			<-running
			w.wantHeld(w.job("a"), w.clock.Now().Add(lease))
			close(finish)
			wg.Wait()
			w.wantStarts("a", 1)
			w.wantRun(flow.Completed)
		})
	}
	t.Run("a start", func(t *testing.T) {
		t.Parallel()
		running, finish := make(chan struct{}), make(chan struct{})
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"slow"}]}`, flow.Registry{"slow": taskFunc(func(*flow.Task) (flow.Result, error) {
			close(running)
			<-finish
			return flow.Result{}, nil
		})})
		start := w.start()
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := w.engine.Handle(t.Context(), start); err != nil {
				t.Errorf("the first: %v", err)
			}
		})
		<-running
		w.wantHeld(start, w.clock.Now().Add(lease))
		close(finish)
		wg.Wait()
		w.wantStarts("a", 1)
	})
}

func TestAtMostOnce(t *testing.T) {
	t.Parallel()
	const once = `{"id":"once","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","config":{"semantics":"at-most-once"}},{"id":"c","uses":"pass"}],
		"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`
	t.Run("claims, also inline", func(t *testing.T) {
		t.Parallel()
		w := setup(t, once, nil)
		w.handle(w.start())
		w.wantRequests(0, "keep blueprint", "create run", "commit a done", "load", "claim b", "commit b done", "commit c done", "finish run completed")
		w.wantRun(flow.Completed)
	})
	t.Run("with a live lease is held", func(t *testing.T) {
		t.Parallel()
		w := setup(t, once, nil)
		w.create()
		w.put(done("a", 0))
		task := inState("b", flow.TaskRunning)
		task.LeaseUntil = w.clock.Now().Add(time.Second)
		w.put(task)
		w.wantHeld(w.job("b"), task.LeaseUntil)
		w.wantStates(map[string]flow.State{"b": flow.TaskRunning})
	})
	t.Run("whose worker died is failed and never started again", func(t *testing.T) {
		t.Parallel()
		w := setup(t, once, nil)
		w.create()
		w.put(done("a", 0))
		task := inState("b", flow.TaskRunning)
		task.Starts = 1
		w.put(task)
		w.handle(again(w.job("b")))
		w.wantStarts("b", 0)
		w.wantRun(flow.Failed)
		got := w.run().Error
		if got.Code != state.CodeWorkerDied || got.NodeID != "b" || got.Message != "worker died 1 times while running b" {
			t.Errorf("the run's error is %+v", got)
		}
		if record := w.record("b"); record.State != flow.TaskFailed || record.Owner == "another" {
			t.Errorf("the record is %+v, want failed by a new owner", record)
		}
	})
	t.Run("whose owner commits after all is left alone", func(t *testing.T) {
		t.Parallel()
		w := setup(t, once, nil)
		w.create()
		w.put(done("a", 0))
		w.put(inState("b", flow.TaskRunning))
		w.wire.Before("commit b", func() {
			task := done("b", 1)
			task.LeaseUntil = w.clock.Now().Add(time.Second)
			w.put(task)
		})
		w.wantBack(w.job("b"))
		w.wantStates(map[string]flow.State{"b": flow.TaskDone})
		w.wantRun(flow.Running)
	})
}

func TestMaxStarts(t *testing.T) {
	t.Parallel()
	t.Run("a task that kills its workers fails with their number", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		task := inState("a", flow.TaskRunning)
		task.Starts = 5
		w.put(task)
		w.handle(w.job("a"))
		w.wantStarts("a", 0)
		w.wantRun(flow.Failed)
		if got := w.run().Error; got.Code != state.CodeWorkerDied || got.Message != "worker died 5 times while running a" {
			t.Errorf("the run's error is %+v", got)
		}
	})
	t.Run("the last permitted start runs", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		task := inState("a", flow.TaskRunning)
		task.Starts = 4
		w.put(task)
		w.handle(w.job("a"))
		w.wantStarts("a", 1)
		w.wantSent("b")
		w.wantStates(map[string]flow.State{"a": flow.TaskDone})
	})
	t.Run("starts are no attempts, and a retry begins without any", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"fail","config":{"maxRetries":2,"retryDelay":1000}}]}`, nil)
		w.create()
		task := inState("a", flow.TaskRunning)
		task.Starts = 4
		w.put(task)
		w.handle(w.job("a"))
		if got := w.record("a"); got.State != flow.TaskRetrying || got.Failures != 1 || got.Starts != 0 {
			t.Errorf("the record is %+v, want retrying after 1 failure with no starts", got)
		}
	})
	t.Run("a worker's death is not retried, but a fallback stands in", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass","config":{"maxRetries":3,"fallback":"f"}},{"id":"f","uses":"pass"}]}`, nil)
		w.create()
		task := inState("a", flow.TaskRunning)
		task.Starts = 5
		w.put(task)
		w.handle(w.job("a"))
		w.drain()
		w.wantRun(flow.Completed)
		w.wantStates(map[string]flow.State{"a": flow.TaskFailed, "f": flow.TaskDone})
	})
}
