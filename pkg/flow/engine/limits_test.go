package engine_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestLastReceive(t *testing.T) {
	t.Parallel()
	t.Run("of a live job is sent again, as the first message, without a hop", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create(func(r *state.Run) { r.Tenant = "t1" })
		m := onReceive(w.job("a", func(b *flow.MessageBody) { b.Hops, b.Attempt = 3, 2 }), 5)
		w.handle(m)
		w.wantStarts("a", 0)
		sent := w.takeOne()
		since := w.clock.Now()
		for n := 1; n < 20; n++ {
			want := map[string]string{state.AttributeID: m.ID, state.AttributeSince: strconv.FormatInt(since.UnixMilli(), 10), state.AttributeReturns: strconv.Itoa(n)}
			if diff := cmp.Diff(want, sent.Attributes); diff != "" || sent.Of.Hops != 3 || sent.Of.Attempt != 2 || sent.Of.NodeID != "a" || sent.Tenant != "t1" {
				t.Errorf("sent %+v for %q, want the same body and tenant t1; attributes (-want +got):\n%s", sent.Of, sent.Tenant, diff)
			}
			if least := min(time.Second<<(n-1), 2*time.Minute) / 2; sent.Delay < least || sent.Delay > 2*time.Minute {
				t.Errorf("sent for the %d. time with a delay of %s, want from %s on, growing to 2m", n, sent.Delay, least)
			}
			w.clock.pass(time.Minute)
			w.handle(onReceive(sent.Message, 5))
			sent = w.takeOne()
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
		w.wantSentAgainFor() // it is held, which is no fault
		w.inject("lose the request of load")
		w.handle(onReceive(w.job("a"), 5))
		w.wantSent("a")
		w.wantSentAgainFor(fault.ErrInjected)
	})
	t.Run("is sent again for its tenant, also when the run cannot be read", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"fan","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}`, nil)
		w.create(func(r *state.Run) { r.Tenant = "t1" })
		w.handle(w.job("a"))
		w.inject("lose the request of load")
		w.handle(onReceive(w.takeOne().Message, 5))
		if sent := w.takeOne(); sent.Tenant != "t1" {
			t.Errorf("sent for %q, want for t1: %+v", sent.Tenant, sent.Of)
		}
	})
	t.Run("that cannot be sent again comes back", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.inject("lose the request of send")
		w.inject("lose the request of the 2nd send")
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
	t.Run("of a start without room for attributes is handled", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		full := w.full(w.config)
		w.handle(onReceive(w.start(), 5))
		if full.refused != 1 {
			t.Errorf("%d sends were refused, want 1", full.refused)
		}
		w.drain()
		w.wantRun(flow.Completed)
	})
	t.Run("of a start without room for attributes and without a blueprint is rejected", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		config := w.config
		config.Blueprints = nil
		w.full(config)
		start := w.start()
		for receive := 1; receive < 5; receive++ {
			w.wantBack(onReceive(start, receive))
		}
		if err := w.engine.Handle(w.Context(), onReceive(start, 5)); err == nil || !strings.Contains(err.Error(), "no blueprint") {
			t.Errorf("Handle = %v, want the missing blueprint named", err)
		}
		w.wantRejected(onReceive(start, 5))
		w.wantSent()
	})
	t.Run("whose run is not read in time is sent again", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			for _, receive := range []int{4, 5} {
				w := setup(t, chain3, nil)
				w.create()
				var err error
				if w.engine, err = engine.New(silent{w.wire}, w.wire, nil, w.config); err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				w.handle(onReceive(w.job("a"), receive))
				w.wantSent("a")
				w.wantSentAgainFor(context.DeadlineExceeded)
				if took := time.Since(begun); took >= w.config.Timeout {
					t.Errorf("it took %s of %s", took, w.config.Timeout)
				}
				w.handle(onReceive(w.cancelMessage("run", ""), receive))
				if sent := w.takeOne(); sent.Of.Type != flow.TypeCancel {
					t.Errorf("sent %+v, want the cancel", sent.Of)
				}
			}
		})
	})
	t.Run("is sent again whatever the store refuses", func(t *testing.T) {
		t.Parallel()
		for _, sentence := range []string{"refuse load", "refuse touch run"} {
			w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"charge"}]}`, flow.Registry{"charge": flowtest.Stub(1)})
			w.create()
			w.engine = w.newEngine(nil, func(c *engine.Config) { c.Blueprints = nil }) // no code
			w.inject(sentence)
			w.handle(onReceive(w.job("a"), 4))
			w.wantSent("a")
			w.wantSentAgainFor(fault.ErrInjected)
		}
	})
	t.Run("of a job whose blueprint is gone is the end of it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create(func(r *state.Run) { r.BlueprintHash = "gone" })
		w.wantBack(onReceive(w.job("a"), 3))
		w.wantRejected(onReceive(w.job("a"), 4))
		w.wantSent()
	})
	t.Run("for want of time is told when it happens again", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
		defer cancel()
		short := hosted{ctx, w.clock.Now().Add(5 * time.Second)}
		touched := w.run().LastUpdated
		w.clock.pass(time.Minute)
		for returns, told := range []bool{false, true} {
			m := onReceive(w.job("a"), 4)
			if returns > 0 {
				m.Attributes = map[string]string{state.AttributeID: m.ID, state.AttributeReturns: "1"}
			}
			short.deadline = w.clock.Now().Add(5 * time.Second)
			if err := w.engine.Handle(short, m); err != nil {
				t.Fatal(err)
			}
			w.wantSent("a")
			if told {
				w.wantSentAgainFor(engine.ErrNoTime)
			} else {
				w.wantSentAgainFor()
			}
		}
		if got := w.run().LastUpdated; !got.Equal(touched) {
			t.Errorf("the run was touched at %s although it does not go on", got)
		}
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
		if sent.Of.Type != flow.TypeStart || sent.Of.Hops != 0 || sent.Tenant != "t1" || string(sent.Of.Input) != `{"x":1}` {
			t.Errorf("sent %+v for %q, want the same start", sent.Of, sent.Tenant)
		}
		w.handle(sent.Message)
		w.wantStarts("a", 2) // the first one's commit was lost
		w.drain()
		w.wantRun(flow.Completed)
	})
}

// silent is a store that answers no read.
type silent struct{ state.Store }

func (silent) Load(ctx context.Context, _ state.ReadSet) (state.Snapshot, error) {
	<-ctx.Done()
	return state.Snapshot{}, context.Cause(ctx)
}

// hosted is the context of a host with less time than the timeout.
type hosted struct {
	context.Context
	deadline time.Time
}

func (h hosted) Deadline() (time.Time, bool) { return h.deadline, true }

// full gives the world an engine whose queue has no room for attributes.
func (w *world) full(config engine.Config) *full {
	w.Helper()
	full := &full{Sender: w.wire}
	var err error
	if w.engine, err = engine.New(w.wire, full, nil, config); err != nil {
		w.Fatal(err)
	}
	return full
}

// full is a queue that has no room for attributes.
type full struct {
	state.Sender
	refused int
}

func (f *full) Send(ctx context.Context, messages ...flow.Outgoing) error {
	for _, m := range messages {
		if len(m.Attributes) > 0 {
			f.refused++
			return &state.RefusedError{Reason: "too long"}
		}
	}
	return f.Sender.Send(ctx, messages...)
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
	t.Run("a message that is sent again and again for a month ends", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, few)
		m := onReceive(w.start(), 5)
		m.Attributes = map[string]string{state.AttributeReturns: "49999"}
		w.handle(m)
		w.wantRejected(onReceive(w.takeOne().Message, 5))
	})
}

// waits delivers a message again and again until it is no longer sent again, which
// must be a time after its first receipt. The sends become rare, but not too rare.
func (w *world) waits(m state.Message, until time.Duration) {
	w.Helper()
	begin := w.clock.Now()
	for {
		err := w.engine.Handle(w.Context(), m)
		sent, waited := w.queue.take(), w.clock.Now().Sub(begin)
		if len(sent) == 0 {
			if waited < until || waited > until+2*time.Minute {
				w.Errorf("given up after %s (%v), want %s", waited, err, until)
			}
			return
		}
		most := 2 * time.Minute
		if waited < 15*time.Minute {
			most = 30 * time.Second
		}
		if err != nil || sent[0].Delay < time.Second || sent[0].Delay > most {
			w.Fatalf("after %s sent again for %s, %v, want 1s to %s", waited, sent[0].Delay, err, most)
		}
		w.clock.pass(sent[0].Delay)
		m = sent[0].Message
	}
}

func TestMissingImplementation(t *testing.T) {
	t.Parallel()
	const custom = `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"charge"}],"edges":[{"source":"a","target":"b"}]}`
	registry := flow.Registry{"charge": flowtest.Stub(1)}
	poor := func(w *world) *engine.Engine {
		return w.newEngine(nil, func(c *engine.Config) { c.Blueprints = nil })
	}
	t.Run("lets the job wait for its deployment, and the run says so", func(t *testing.T) {
		t.Parallel()
		w := setup(t, custom, registry)
		w.create()
		w.put(done("a", 0))
		rich := w.engine
		w.engine = poor(w)
		w.handle(w.job("b"))
		w.wantStates(map[string]flow.State{"b": ""})
		if got := w.run().WaitingFor; got != "code: charge" {
			t.Errorf("the run waits for %q, want its code", got)
		}
		if got := w.events.all; len(got) != 1 || got[0].Kind != flow.CodeMissing || !strings.Contains(got[0].Reason, `"charge"`) {
			t.Errorf("events %v, want one that names the missing code", got)
		}
		w.engine = rich
		w.handle(w.takeOne().Message)
		w.wantRun(flow.Completed)
		if got := w.run().WaitingFor; got != "" {
			t.Errorf("the run waits for %q after its end", got)
		}
	})
	t.Run("delays runs while a deployment is under way, with one new worker in ten", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"charge"},{"id":"b","uses":"charge"},{"id":"c","uses":"charge","config":{"joinStrategy":"all"}}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"b","target":"c"}]}`, registry)
		rich, old := w.engine, poor(w)
		messages, deliveries := []state.Message{w.start()}, 0
		for len(messages) > 0 {
			w.engine = old
			if deliveries++; deliveries%10 == 0 {
				w.engine = rich
			}
			w.handle(messages[0])
			messages = messages[1:]
			for _, letter := range w.queue.take() {
				w.clock.pass(letter.Delay)
				messages = append(messages, letter.Message)
			}
			if deliveries > 1000 {
				t.Fatal("the run does not end")
			}
		}
		w.wantRun(flow.Completed)
		w.wantStarts("c", 1)
	})
	t.Run("keeps the reconciler from sending more of the job", func(t *testing.T) {
		t.Parallel()
		v := watched(setup(t, custom, registry))
		v.create()
		v.put(done("a", 0))
		v.engine = poor(v.world)
		m := v.job("b")
		for range 60 {
			v.handle(m)
			m = v.takeOne().Message
			v.clock.pass(2 * time.Minute)
			if stats, err := v.Tick(t.Context()); stats.Jobs != 0 || err != nil {
				t.Fatalf("Tick = %+v, %v, want nothing sent: the job waits in the queue", stats, err)
			}
		}
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
	t.Run("for a day fails the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, custom, registry)
		w.create()
		w.put(done("a", 0))
		w.engine = poor(w)
		m := w.job("b")
		m.FirstReceived = w.clock.Now()
		w.waits(m, 24*time.Hour)
		w.wantRun(flow.Failed)
		if got := w.run().Error; got.Code != state.CodeNoImplementation || got.NodeID != "b" || !strings.Contains(got.Message, `"charge"`) {
			t.Errorf("the run's error is %+v", got)
		}
		w.wantSent()
	})
	t.Run("is waited for since a worker lacked it, however old the message is", func(t *testing.T) {
		t.Parallel()
		w := setup(t, custom, registry)
		w.create()
		w.put(done("a", 0))
		w.engine = poor(w)
		m := w.job("b")
		m.FirstReceived = w.clock.Now().Add(-25 * time.Hour)
		m.Attributes = map[string]string{state.AttributeID: "first", state.AttributeSince: strconv.FormatInt(m.FirstReceived.UnixMilli(), 10)}
		w.handle(m)
		w.wantRun(flow.Running)
		m = w.takeOne().Message
		w.inject("refuse load")
		w.handle(onReceive(m, 4)) // an outage meanwhile does not begin the wait anew
		w.waits(w.takeOne().Message, 24*time.Hour)
		w.wantRun(flow.Failed)
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

// What comes in messages is bounded when it comes in: a message that is sent again carries
// its first id, and a queue takes only so much.
func TestFirstIDsAreBounded(t *testing.T) {
	t.Parallel()
	w := setup(t, chain3, nil)
	w.create()
	m := w.job("a")
	m.Attributes = map[string]string{state.AttributeID: strings.Repeat("i", state.MaxMessageID+1)}
	w.wantRejected(m)
	w.wantRejected(onReceive(m, 5))
	w.wantStarts("a", 0)
	m.Attributes[state.AttributeID] = m.Attributes[state.AttributeID][1:]
	w.handle(m)
	w.wantStarts("a", 1)
}
