package engine_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const (
	ownRole = "AROAWORKER"
	alice   = "AROASHOP:alice"
	bob     = "AROASHOP:bob"
	mallory = "AROAOTHER:mallory"
)

// knowing lets the engine know its role.
func knowing(c *engine.Config) { c.Role = ownRole }

func by(sender string, m state.Message) state.Message {
	m.Sender = sender
	return m
}

// taken returns a message as it comes by the intake queue.
func taken(sender string, m state.Message) state.Message {
	m = by(sender, m)
	m.Intake = true
	return m
}

func TestIntake(t *testing.T) {
	t.Parallel()
	t.Run("takes no jobs", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.create()
		w.wantRejected(taken(alice, w.job("a")))
		w.wantRejected(onReceive(taken(ownRole+":worker", w.job("a")), 5))
		w.wantStarts("a", 0)
	})
	t.Run("starts a run, which keeps its sender", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.handle(taken(alice, w.start()))
		w.wantRun(flow.Completed)
		if got := w.run().StartedBy; got != alice {
			t.Errorf("started by %q, want %q", got, alice)
		}
	})
	t.Run("believes nothing of earlier messages", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		m := taken(mallory, w.start())
		m.Attributes = map[string]string{state.AttributeID: "other", state.AttributeSender: alice, state.AttributeReturns: "49999", state.AttributeSince: "1", state.AttributeMissing: "1"}
		w.handle(m)
		if run := w.run(); run.StartedBy != mallory || run.StartMessageID != m.ID {
			t.Errorf("started by %q with %q", run.StartedBy, run.StartMessageID)
		}
	})
	t.Run("cancels the sender's own runs", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.create(func(r *state.Run) { r.StartedBy = alice })
		w.wantRejected(taken(mallory, w.cancelMessage("run", "mine")))
		w.wantRun(flow.Running)
		w.handle(taken(bob, w.cancelMessage("run", "ours"))) // of the same role
		w.wantRun(flow.Cancelled)
		if got := w.run().CancelledBy; got != bob {
			t.Errorf("cancelled by %q, want %q", got, bob)
		}
	})
	t.Run("cancels no run whose sender is not known", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.create()
		w.wantRejected(taken(alice, w.cancelMessage("run", "")))
		w.wantRun(flow.Running)
	})
	t.Run("cancels no run before its start", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		cancel := taken(mallory, w.cancelMessage("run", ""))
		w.wantHeld(cancel, w.clock.Now().Add(intakeWaits))
		w.wantRejected(onReceive(cancel, 4))
		w.handle(taken(alice, w.start()))
		w.wantRun(flow.Completed)
	})
	t.Run("a message of it that is sent again stays one", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.create(func(r *state.Run) { r.StartedBy = alice })
		w.inject("lose the request of load")
		w.handle(onReceive(taken(mallory, w.cancelMessage("run", "")), 4))
		again := w.takeOne().Message
		if again.Attributes[state.AttributeSender] != mallory || again.Attributes[state.AttributeIntake] == "" {
			t.Fatalf("sent again with %v, want the sender and the intake", again.Attributes)
		}
		w.wantRejected(by(ownRole+":worker", again))
		w.wantRun(flow.Running)
	})
}

const intakeWaits = 10_000_000_000

// The queue names the sender of each message; one that repeats another is believed to only
// if a worker sent it.
func TestSender(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		role, sender string
		want         string
	}{
		"a worker":                   {ownRole, ownRole + ":flow-worker", alice},
		"another":                    {ownRole, mallory, mallory},
		"a role with a longer name":  {ownRole, ownRole + "2:flow-worker", ownRole + "2:flow-worker"},
		"nobody known":               {ownRole, "", ""},
		"of a worker without a role": {"", "local", alice},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, chain3, nil, func(c *engine.Config) { c.Role = test.role })
			m := by(test.sender, w.start())
			m.Attributes = map[string]string{state.AttributeID: "first", state.AttributeSender: alice}
			w.handle(m)
			if got := w.run().StartedBy; got != test.want {
				t.Errorf("started by %q, want %q", got, test.want)
			}
		})
	}
	t.Run("a start that is sent again keeps its sender", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.handle(onReceive(by(alice, w.start()), 4))
		w.handle(by(ownRole+":worker", w.takeOne().Message))
		if got := w.run().StartedBy; got != alice {
			t.Errorf("started by %q, want %q", got, alice)
		}
	})
	t.Run("a cancel before the start keeps its sender", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.handle(by(alice, w.cancelMessage("run", "")))
		if got := w.run(); got.CancelledBy != alice || got.StartedBy != "" {
			t.Errorf("cancelled by %q, started by %q", got.CancelledBy, got.StartedBy)
		}
	})
}

// Forged hops and attempts fail no healthy run, and spend no retry.
func TestForgedCounts(t *testing.T) {
	t.Parallel()
	t.Run("hops count only if a worker has counted them", func(t *testing.T) {
		t.Parallel()
		far := func(b *flow.MessageBody) { b.Hops = 1_000_000 }
		w := setup(t, chain3, nil, knowing)
		w.create()
		w.handle(by(mallory, w.job("a", far)))
		w.wantRun(flow.Completed)

		w = setup(t, chain3, nil, knowing)
		w.create()
		w.handle(by(ownRole+":worker", w.job("a", far)))
		w.wantRun(flow.Failed)
	})
	t.Run("code is not missing for longer than a worker has known", func(t *testing.T) {
		t.Parallel()
		for sender, want := range map[string]flow.Status{mallory: flow.Running, ownRole + ":worker": flow.Failed} {
			w := setup(t, oneNode, codes, knowing)
			w.create()
			w.engine = w.newEngine(nil, func(c *engine.Config) { c.Blueprints = nil })
			m := by(sender, w.job("a"))
			m.Attributes = map[string]string{state.AttributeID: "first", state.AttributeMissing: "1"}
			w.handle(m)
			w.wantRun(want)
			w.queue.take()
		}
	})
	t.Run("an attempt begins when it is due", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil)
		w.create()
		w.put(w.retrying())
		w.handle(w.job("a", func(b *flow.MessageBody) { b.Attempt = 2 }))
		w.wantStarts("a", 0)
		if sent := w.takeOne(); sent.Delay == 0 {
			t.Error("it was sent without delay")
		}
	})
}
