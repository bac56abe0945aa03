package engine_test

import (
	"errors"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// deliver delivers a message, to a new worker if the last one has crashed.
func (w *world) deliver(m state.Message) error {
	w.wire.Revive()
	return w.engine.Handle(w.Context(), m)
}

// handle delivers a message, which must be acknowledged.
func (w *world) handle(m state.Message) {
	w.Helper()
	if err := w.deliver(m); err != nil {
		w.Fatalf("Handle(%s) = %v, want nil", m.Body, err)
	}
}

// drain delivers messages until none is left.
func (w *world) drain() {
	w.Helper()
	for sent := w.queue.take(); len(sent) > 0; sent = w.queue.take() {
		for _, letter := range sent {
			w.handle(letter.Message)
		}
	}
}

// wantHeld delivers a message, which must come back when the lease ends.
func (w *world) wantHeld(m state.Message, until time.Time) {
	w.Helper()
	err := w.deliver(m)
	held, ok := errors.AsType[*engine.HeldError](err)
	if !ok {
		w.Fatalf("Handle(%s) = %v, want a HeldError", m.Body, err)
	}
	if !held.Until.Equal(until) {
		w.Errorf("held until %s, want %s", held.Until, until)
	}
}

// wantRejected delivers a message, which must be rejected.
func (w *world) wantRejected(m state.Message) {
	w.Helper()
	err := w.deliver(m)
	if _, ok := errors.AsType[*flow.RejectError](err); !ok {
		w.Fatalf("Handle(%s) = %v, want a RejectError", m.Body, err)
	}
}

// wantBack delivers a message, which must come back with an ordinary error.
func (w *world) wantBack(m state.Message) error {
	w.Helper()
	err := w.deliver(m)
	if err == nil {
		w.Fatalf("Handle(%s) = nil, want an error", m.Body)
	}
	_, held := errors.AsType[*engine.HeldError](err)
	_, rejected := errors.AsType[*flow.RejectError](err)
	if held || rejected {
		w.Fatalf("Handle(%s) = %v, want a plain error", m.Body, err)
	}
	return err
}

// wantStates compares the records' states, "" for none.
func (w *world) wantStates(want map[string]flow.State) {
	w.Helper()
	got := map[string]flow.State{}
	for node := range want {
		got[node] = w.record(node).State
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("states (-want +got):\n%s", diff)
	}
}

func (w *world) wantRun(status flow.Status) {
	w.Helper()
	if got := w.run().Status; got != status {
		w.Errorf("the run is %s, want %s", got, status)
	}
}

// wantSent takes the sent messages: the nodes of jobs, in any order.
func (w *world) wantSent(nodes ...string) []letter {
	w.Helper()
	sent := w.queue.take()
	var got []string
	for _, letter := range sent {
		got = append(got, letter.Of.NodeID)
	}
	slices.Sort(got)
	slices.Sort(nodes)
	if !slices.Equal(got, nodes) {
		w.Errorf("jobs were sent for %q, want %q", got, nodes)
	}
	return sent
}

func (w *world) wantStarts(node string, want int) {
	w.Helper()
	if got := w.started.Of(state.TaskKey{Node: node}); got != want {
		w.Errorf("the code of %s started %d times, want %d", node, got, want)
	}
}

// requests returns the engine's requests to store and queue since the mark.
func (w *world) requests(mark int) (names []string) {
	for _, r := range w.wire.Requests()[mark:] {
		names = append(names, r.String())
	}
	return names
}

// count returns the number of requests so far.
func (w *world) count() int { return len(w.wire.Requests()) }

func (w *world) wantRequests(mark int, want ...string) {
	w.Helper()
	if diff := cmp.Diff(want, w.requests(mark)); diff != "" {
		w.Errorf("requests (-want +got):\n%s", diff)
	}
}

// wantSentAgainFor compares the errors for which messages were sent again instead of
// coming back.
func (w *world) wantSentAgainFor(want ...error) {
	w.Helper()
	var got []error
	for _, event := range w.events.all {
		if event.Kind == flow.MessageSentAgain {
			got = append(got, event.Err)
		}
	}
	if !slices.EqualFunc(got, want, errors.Is) {
		w.Errorf("messages were sent again for the errors %v, want %v", got, want)
	}
}
