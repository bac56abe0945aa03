package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestLastReceive(t *testing.T) {
	t.Parallel()
	t.Run("of a live job is sent again, with the first message's id and a hop more", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create(func(r *state.Run) { r.Tenant = "t1" })
		m := onReceive(w.job("a", func(b *flow.MessageBody) { b.Hops, b.Attempt = 3, 2 }), 5)
		w.handle(m)
		w.wantStarts("a", 0)
		sent := w.takeOne()
		if sent.Of.Hops != 4 || sent.Of.Attempt != 2 || sent.Of.NodeID != "a" || sent.Attributes[state.AttributeID] != m.ID || sent.Tenant != "t1" || sent.Delay != 0 {
			t.Errorf("sent %+v with %v for %q, want the same body, 4 hops, flow-id %s, tenant t1", sent.Of, sent.Attributes, sent.Tenant, m.ID)
		}
		w.handle(onReceive(sent.Message, 5))
		if next := w.takeOne(); next.Attributes[state.AttributeID] != m.ID || next.Of.Hops != 5 {
			t.Errorf("sent again with %v and %d hops, want the first message's id and 5", next.Attributes, next.Of.Hops)
		}
	})
	t.Run("is sent again also past a live lease, and when the run cannot be read", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		task := inState("a", flow.TaskRunning)
		task.LeaseUntil = w.clock.Now().Add(lease)
		w.put(task)
		w.handle(onReceive(w.job("a"), 5))
		w.wantSent("a")
		w.inject("lose the request of load")
		w.handle(onReceive(w.job("a"), 5))
		w.wantSent("a")
	})
	t.Run("that cannot be sent again comes back", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.inject("lose the request of send")
		w.wantBack(onReceive(w.job("a"), 5))
	})
	t.Run("is the one before, too, lest it be wasted", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.handle(onReceive(w.job("a"), 4))
		w.wantStarts("a", 0)
		w.wantSent("a")
		w.handle(onReceive(w.job("a"), 3))
		w.wantStarts("a", 1)
	})
	t.Run("is the configured one", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, func(c *engine.Config) { c.MaxReceives = 3 })
		w.create()
		w.handle(onReceive(w.job("a"), 3))
		w.wantStarts("a", 0)
		w.wantSent("a")
		w.handle(onReceive(w.job("a"), 2))
		w.wantStarts("a", 1)
	})
	t.Run("of a start is sent again, and stays that start", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		start := w.start(client.WithTenant("t1"))
		w.inject("crash before commit a")
		w.wantBack(start)
		w.clock.pass(lease)
		w.handle(onReceive(start, 5))
		sent := w.takeOne()
		if sent.Of.Type != flow.TypeStart || sent.Of.Hops != 1 || sent.Tenant != "t1" || string(sent.Of.Input) != `{"x":1}` {
			t.Errorf("sent %+v for %q, want the same start with a hop", sent.Of, sent.Tenant)
		}
		w.handle(sent.Message)
		w.wantStarts("a", 2) // the first one's commit was lost
		w.drain()
		w.wantRun(flow.Completed)
	})
}

func TestMaxHops(t *testing.T) {
	t.Parallel()
	few := func(c *engine.Config) { c.MaxHops = 3 }
	t.Run("a job beyond them fails its run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, few)
		w.create()
		w.handle(w.job("a", func(b *flow.MessageBody) { b.Hops = 4 }))
		w.wantStarts("a", 0)
		w.wantRun(flow.Failed)
		if got := w.run().Error; got.Code != state.CodeHops || got.NodeID != "a" {
			t.Errorf("the run's error is %+v, want code %s at a", got, state.CodeHops)
		}
	})
	t.Run("a job that reaches them runs", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, few)
		w.create()
		w.handle(w.job("a", func(b *flow.MessageBody) { b.Hops = 3 }))
		w.wantRun(flow.Completed)
	})
	t.Run("a forged job with many does not fail the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, few)
		w.create()
		w.wantRejected(w.job("b", func(b *flow.MessageBody) { b.Hops = 4 }))
		w.wantRun(flow.Running)
	})
	t.Run("every message counts one", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.handle(w.start())
		for _, letter := range w.queue.take() {
			if letter.Of.Hops != 1 {
				t.Errorf("a job that the start led to has %d hops, want 1", letter.Of.Hops)
			}
		}
		w = setup(t, fan3, nil)
		w.create()
		w.handle(again(w.job("a", func(b *flow.MessageBody) { b.Hops = 6 })))
		for _, letter := range w.queue.take() {
			if letter.Of.Hops != 7 {
				t.Errorf("a job behind 6 hops has %d, want 7", letter.Of.Hops)
			}
		}
	})
	t.Run("a start that is sent again and again ends", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, few)
		m := onReceive(w.start(), 5)
		for range 4 {
			w.handle(m)
			m = onReceive(w.takeOne().Message, 5)
		}
		w.wantRejected(m)
	})
}

func TestMissingImplementation(t *testing.T) {
	t.Parallel()
	const custom = `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"charge"}],"edges":[{"source":"a","target":"b"}]}`
	registry := flow.Registry{"charge": flowtest.Stub(1)}
	poor := func(w *world) *engine.Engine {
		return w.newEngine(nil, func(c *engine.Config) { c.Blueprints = nil })
	}
	t.Run("goes back to the queue", func(t *testing.T) {
		t.Parallel()
		w := setup(t, custom, registry)
		w.create()
		w.put(done("a", 0))
		rich := w.engine
		w.engine = poor(w)
		if err := w.wantBack(w.job("b")); !strings.Contains(err.Error(), `"charge"`) {
			t.Errorf("%v does not name the missing code", err)
		}
		w.wantStates(map[string]flow.State{"b": ""})
		w.engine = rich
		w.handle(again(w.job("b")))
		w.wantRun(flow.Completed)
	})
	t.Run("is handed on by a chain that can run the rest", func(t *testing.T) {
		t.Parallel()
		w := setup(t, custom, registry)
		w.create()
		rich := w.engine
		w.engine = poor(w)
		w.handle(w.job("a"))
		sent := w.wantSent("b")
		w.engine = rich
		w.handle(sent[0].Message)
		w.wantRun(flow.Completed)
	})
	t.Run("on its last receive fails the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, custom, registry)
		w.create()
		w.put(done("a", 0))
		w.engine = poor(w)
		w.handle(onReceive(w.job("b"), 5))
		w.wantRun(flow.Failed)
		if got := w.run().Error; got.Code != state.CodeNoImplementation || got.NodeID != "b" || !strings.Contains(got.Message, `"charge"`) {
			t.Errorf("the run's error is %+v", got)
		}
		w.wantSent()
	})
	t.Run("of a task that another worker has done does not keep its successors waiting", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"b","uses":"charge"},{"id":"c","uses":"pass"}],"edges":[{"source":"b","target":"c"}]}`, registry)
		w.create()
		w.put(done("b", 0))
		w.engine = poor(w)
		w.handle(w.job("b"))
		w.wantStarts("c", 1)
		w.wantRun(flow.Completed)
	})
	t.Run("of a task that another worker runs is held", func(t *testing.T) {
		t.Parallel()
		w := setup(t, custom, registry)
		w.create()
		w.put(done("a", 0))
		task := inState("b", flow.TaskRunning)
		task.LeaseUntil = w.clock.Now().Add(time.Second)
		w.put(task)
		w.engine = poor(w)
		w.wantHeld(w.job("b"), task.LeaseUntil)
	})
	t.Run("is no failure of a run whose task another worker has", func(t *testing.T) {
		t.Parallel()
		for name, change := range map[string]func(w *world, task *state.TaskRecord){
			"done":   func(_ *world, task *state.TaskRecord) { task.State = flow.TaskDone },
			"failed": func(_ *world, task *state.TaskRecord) { task.State = flow.TaskFailed },
			"live":   func(w *world, task *state.TaskRecord) { task.LeaseUntil = w.clock.Now().Add(time.Second) },
		} {
			w := setup(t, custom, registry)
			w.create()
			w.put(done("a", 0))
			task := inState("b", flow.TaskRunning)
			change(w, &task)
			w.put(task)
			w.engine = poor(w)
			w.handle(onReceive(w.job("b"), 5))
			if status := w.run().Status; status != flow.Running {
				t.Errorf("%s: the run is %s, want running", name, status)
			}
			w.wantSent("b")
		}
	})
}
