package engine_test

import (
	"context"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// An outcome that the store refuses is no death of a worker.
func TestRelease(t *testing.T) {
	t.Parallel()
	chain := func(config string) string {
		return `{"id":"chain","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","config":{` + config + `}}],"edges":[{"source":"a","target":"b"}]}`
	}
	wantGivenBack := func(w *world, node string) {
		w.Helper()
		if got := w.record(node); got.State != flow.TaskRetrying || got.Starts != 0 || got.Failures != 0 || got.Owner != "" || !got.LeaseUntil.IsZero() || got.DueAt.After(w.clock.Now()) {
			w.Errorf("the record of %s is %+v, want free, without a start", node, got)
		}
	}
	t.Run("of the message's own task lets it come back at once, without a start", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain(""), nil)
		w.create()
		for range 20 {
			w.inject("refuse commit a done")
			w.wantBack(w.job("a"))
			wantGivenBack(w, "a")
		}
		w.handle(again(w.job("a")))
		w.drain()
		w.wantRun(flow.Completed)
	})
	t.Run("of an inline task sends it, and the message is done", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain(""), nil)
		w.create()
		w.inject("refuse commit b")
		w.handle(w.job("a"))
		if got := w.record("b"); got.State != "" {
			t.Errorf("the record of b is %+v, want none: it had no claim", got)
		}
		if sent := w.takeOne(); sent.Delay <= 0 {
			t.Errorf("b is sent without a delay, into the same trouble")
		} else {
			w.handle(sent.Message)
		}
		w.wantRun(flow.Completed)
	})
	t.Run("of an inline task that cannot be sent brings the message back", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain(""), nil)
		w.create()
		w.inject("refuse commit b")
		w.inject("refuse send")
		w.wantBack(w.job("a"))
		w.clock.pass(lease)
		w.handle(again(w.job("a")))
		w.drain()
		w.wantRun(flow.Completed)
	})
	t.Run("is not made for at-most-once code that has started", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain(`"semantics":"at-most-once"`), nil)
		w.create()
		w.put(done("a", 0))
		w.inject("refuse commit b")
		w.wantBack(w.job("b"))
		if got := w.record("b"); got.State != flow.TaskRunning || got.Starts != 1 {
			t.Errorf("the record of b is %+v, want running under its claim", got)
		}
		w.clock.pass(lease)
		w.handle(again(w.job("b")))
		w.wantStarts("b", 1)
		w.wantRun(flow.Failed)
	})
	t.Run("meets an outcome that was recorded after all", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain(""), nil)
		w.create()
		w.inject("lose the answer of commit a done")
		w.handle(w.job("a"))
		w.drain()
		w.wantStarts("a", 1)
		w.wantRun(flow.Completed)
	})
	t.Run("is not made while the code may still run", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		w := setup(t, chain(""), flow.Registry{"pass": flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
			cancel()
			<-release
			return flow.Result{}, nil
		})})
		w.create()
		if err := w.engine.Handle(ctx, w.job("a")); err == nil {
			t.Error("an interrupted message was acknowledged")
		}
		if got := w.record("a"); got.State != flow.TaskRunning || got.Starts != 1 {
			t.Errorf("the record of a is %+v, want running: its code still runs", got)
		}
	})
	t.Run("is made when the context ends before the code begins", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain(`"semantics":"at-most-once"`), nil)
		w.create()
		ctx, cancel := context.WithCancel(t.Context())
		w.wire.Answered = func(a fault.Answer) {
			if a.Request.Is("claim b") {
				cancel()
			}
		}
		if err := w.engine.Handle(ctx, w.job("a")); err != nil {
			t.Errorf("Handle = %v, want b sent as a message", err)
		}
		w.wantStarts("b", 0)
		wantGivenBack(w, "b")
		w.drain()
		w.wantStarts("b", 1)
		w.wantRun(flow.Completed)
	})
	t.Run("of a claim that is refused leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain(`"semantics":"at-most-once"`), nil)
		w.create()
		w.inject("refuse claim b")
		w.handle(w.job("a"))
		w.drain()
		w.wantRun(flow.Completed)
	})
}

// A worker may die while it runs a task without a claim: that start is counted by
// the first claim, so that the code starts as often as MaxStarts says.
func TestStartWithoutClaimIsCounted(t *testing.T) {
	t.Parallel()
	w := setup(t, chain3, nil)
	w.create()
	w.inject("crash before commit b")
	m := w.job("a")
	w.wantBack(m)
	for range 2 {
		w.clock.pass(lease)
		m = again(m)
		w.inject("crash before commit b")
		w.wantBack(m)
	}
	for range 2 {
		w.clock.pass(lease)
		w.inject("crash before commit b")
		w.wantBack(onReceive(w.job("b"), 2))
	}
	w.wantStarts("b", 5)
	w.clock.pass(lease)
	w.handle(onReceive(w.job("b"), 2))
	w.wantStarts("b", 5)
	if got := w.run().Error; got == nil || got.Code != state.CodeWorkerDied || got.Message != "worker died 5 times while running b" {
		t.Errorf("the run's error is %+v, want worker_died after 5 starts", got)
	}
}
