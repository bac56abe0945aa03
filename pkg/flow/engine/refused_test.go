package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// picky is a queue that never accepts some bodies.
type picky struct {
	state.Sender
	refuse string
	err    error
}

func (p *picky) Send(ctx context.Context, messages ...flow.Outgoing) error {
	for _, m := range messages {
		if p.refuse != "" && strings.Contains(m.Body, p.refuse) {
			return p.err
		}
	}
	return p.Sender.Send(ctx, messages...)
}

var errRefused = &state.RefusedError{Reason: "not these characters"}

// picky lets the world's engine send through a queue that refuses a body.
func (w *world) picky(refuse string, err error, registry flow.Registry) {
	w.Helper()
	var made error
	if w.engine, made = engine.New(w.wire, &picky{w.wire, refuse, err}, registry, w.config); made != nil {
		w.Fatal(made)
	}
}

// A message that the queue never accepts would keep its run going for ever: it is
// refused every time it is sent.
func TestSendThatIsRefusedForGoodFailsTheRun(t *testing.T) {
	t.Parallel()
	fork := `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}`
	wantRefused := func(t *testing.T, w *world, node string) {
		t.Helper()
		w.wantRun(flow.Failed)
		if f := w.run().Error; f == nil || f.Code != state.CodeSendRefused || f.NodeID != node || !strings.Contains(f.Message, errRefused.Reason) {
			t.Errorf("the run's error is %+v, want %s of %q with the queue's reason", f, state.CodeSendRefused, node)
		}
		w.wantSent()
	}
	t.Run("at a fork", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fork, nil)
		w.picky("nodeId", errRefused, nil)
		w.handle(w.start())
		wantRefused(t, w, "c")
	})
	t.Run("at a retry", func(t *testing.T) {
		t.Parallel()
		registry := flow.Registry{"flaky": flowtest.FailTimes(9, errBusy, flowtest.Stub(1))}
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"flaky","config":{"maxRetries":3,"retryDelay":1000}}],"edges":[]}`, registry)
		w.picky("nodeId", errRefused, registry)
		w.handle(w.start())
		wantRefused(t, w, "a")
	})
	t.Run("at a message that is sent again", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fork, nil)
		w.create()
		w.picky("nodeId", errRefused, nil)
		w.handle(onReceive(w.job("a"), 4))
		wantRefused(t, w, "a")
	})
	t.Run("at a timer", func(t *testing.T) {
		t.Parallel()
		v := watched(setup(t, fork, nil))
		v.create()
		timer := state.Timer{RunID: v.runID, TaskKey: state.TaskKey{Node: "a"}, Attempt: 2, DueAt: v.clock.Now(), Body: v.job("a").Body}
		if _, err := v.store.Commit(t.Context(), state.Transition{Timer: &timer}); err != nil {
			t.Fatal(err)
		}
		v.sight.refuse = errRefused
		if _, err := v.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.sight.refuse = nil
		wantRefused(t, v.world, "a")
		if left := v.store.Timers(); len(left) != 0 {
			t.Errorf("timers = %+v, want none", left)
		}
	})
	t.Run("at a rescue", func(t *testing.T) {
		t.Parallel()
		v := watched(setup(t, fork, nil))
		v.create()
		v.clock.pass(time.Hour)
		v.sight.refuse = errRefused
		if _, err := v.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.sight.refuse = nil
		wantRefused(t, v.world, "a")
	})
	t.Run("a start that cannot be sent again comes back, and is rejected in the end", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fork, nil)
		start := w.start()
		w.picky("start", errRefused, nil)
		w.wantBack(onReceive(start, 4))
		w.wantRejected(onReceive(start, 5))
	})
	t.Run("but a temporary error comes back", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fork, nil)
		start := w.start()
		w.picky("nodeId", errors.New("access denied"), nil)
		w.wantBack(start)
		w.wantRun(flow.Running)
		w.picky("", nil, nil)
		w.clock.pass(lease)
		w.handle(again(start))
		w.wantSent("c")
	})
}
