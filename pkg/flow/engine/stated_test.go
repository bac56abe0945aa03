package engine_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// stating returns a start or a cancel that states a name.
func (w *world) stating(name string, kind flow.MessageType) state.Message {
	w.Helper()
	w.queue.take()
	c, id := client.New(w.queue, nil).By(name), w.config.Blueprints[0].ID
	var err error
	if kind == flow.TypeCancel {
		err = c.Cancel(w.Context(), w.runID, "")
	} else {
		_, err = c.Start(w.Context(), id, nil, client.WithRunID(w.runID))
	}
	if err != nil {
		w.Fatal(err)
	}
	return w.takeOne().Message
}

// wantBy checks the senders of the run's start and cancel, each as the queue knows them and
// as they state.
func (w *world) wantBy(startedBy, startedStated, cancelledBy, cancelledStated string) {
	w.Helper()
	r, want := w.run(), [4]string{startedBy, startedStated, cancelledBy, cancelledStated}
	if got := [4]string{r.StartedBy, r.StartedByStated, r.CancelledBy, r.CancelledByStated}; got != want {
		w.Errorf("started and cancelled by %q, want %q", got, want)
	}
}

// The names that messages state stand beside their senders, and replace nothing.
func TestStatedNames(t *testing.T) {
	t.Parallel()
	t.Run("of a start and a cancel", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil, knowing)
		w.handle(by(alice, w.stating("Ada", flow.TypeStart)))
		w.wantBy(alice, "Ada", "", "")
		w.handle(by(mallory, w.stating("Ada", flow.TypeCancel)))
		w.wantRun(flow.Cancelled)
		w.wantBy(alice, "Ada", mallory, "Ada")
		w.handle(by(bob, w.stating("Bob", flow.TypeCancel)))
		w.wantBy(alice, "Ada", mallory, "Ada")
	})
	t.Run("of a cancel before its start", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, knowing)
		w.handle(by(bob, w.stating("Bob", flow.TypeCancel)))
		w.handle(by(alice, w.stating("Ada", flow.TypeStart)))
		w.wantBy("", "", bob, "Bob")
	})
	t.Run("give no right at the intake queue", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil, knowing)
		w.handle(taken(alice, w.stating("Ada", flow.TypeStart)))
		w.wantRejected(taken(mallory, w.stating("Ada", flow.TypeCancel)))
		w.wantRun(flow.Running)
		w.handle(taken(bob, w.stating("Bob", flow.TypeCancel)))
		w.wantBy(alice, "Ada", bob, "Bob")
	})
	t.Run("of messages that are sent again", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil, knowing)
		w.handle(onReceive(by(alice, w.stating("Ada", flow.TypeStart)), 4))
		w.handle(by(ownRole+":worker", w.takeOne().Message))
		cancel := w.stating("Bob", flow.TypeCancel)
		w.inject("lose the request of load")
		w.handle(onReceive(by(bob, cancel), 4))
		w.handle(by(ownRole+":worker", w.takeOne().Message))
		w.wantBy(alice, "Ada", bob, "Bob")
	})
	t.Run("of the first start", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil, knowing)
		w.handle(by(alice, w.stating("Ada", flow.TypeStart)))
		w.handle(by(mallory, w.stating("Mallory", flow.TypeStart)))
		w.wantBy(alice, "Ada", "", "")
	})
}
