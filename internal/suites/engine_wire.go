package suites

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// mishap is what befalls a trial at one of its requests.
type mishap string

const (
	noMishap     mishap = ""
	lostRequest  mishap = "the request is lost"
	lostResponse mishap = "the response is lost"
	repeated     mishap = "the client repeats the request"
	partlySent   mishap = "some of the messages are sent"
	death        mishap = "the worker dies after the request"
	overlap      mishap = "a duplicate is handled before the request"
	lastWord     mishap = "a duplicate is handled, then the worker dies"
	zombie       mishap = "the lease runs out and a duplicate is handled before the request"
)

// startsAgain is how many second starts of node code it permits: one when a
// worker has lost what it did, none when nobody has.
func (m mishap) startsAgain() int {
	switch m {
	case noMishap, repeated, overlap:
		return 0
	}
	return 1
}

var errMishap = errors.New("mishap")

// wire carries an engine's requests to its store and queue, counts them, and
// lets one of them have a mishap.
type wire struct {
	store state.Store
	queue flow.Sender

	at        int // the number of the request that has the mishap
	kind      mishap
	part      int    // of partlySent: how many messages are sent
	duplicate func() // handles the message once more
	expire    func() // lets every lease run out

	mu     sync.Mutex
	names  []string
	sizes  []int // by request: how many messages it sends
	struck bool
	dead   bool
}

var (
	_ state.Store = (*wire)(nil)
	_ flow.Sender = (*wire)(nil)
)

func (w *wire) Create(ctx context.Context, run state.Run) (state.Run, error) {
	return carry(w, "create run", 0, func() (state.Run, error) { return w.store.Create(ctx, run) })
}

func (w *wire) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	return carry(w, "load", 0, func() (state.Snapshot, error) { return w.store.Load(ctx, set) })
}

func (w *wire) Claim(ctx context.Context, c state.Claim) (state.TaskRecord, error) {
	return carry(w, "claim "+c.Node, 0, func() (state.TaskRecord, error) { return w.store.Claim(ctx, c) })
}

func (w *wire) Commit(ctx context.Context, t state.Transition) (state.TaskRecord, error) {
	return carry(w, transitionName(t), 0, func() (state.TaskRecord, error) { return w.store.Commit(ctx, t) })
}

func (w *wire) Arrive(ctx context.Context, a state.Arrival) (state.Join, error) {
	return carry(w, "arrive at "+a.Join.Node, 0, func() (state.Join, error) { return w.store.Arrive(ctx, a) })
}

func (w *wire) Send(ctx context.Context, messages ...flow.Outgoing) error {
	_, err := carry(w, "send", len(messages), func() (struct{}, error) {
		if w.kind == partlySent && w.strikes() {
			return struct{}{}, w.queue.Send(ctx, messages[:w.part]...)
		}
		return struct{}{}, w.queue.Send(ctx, messages...)
	})
	return err
}

func transitionName(t state.Transition) string {
	switch {
	case t.Task != nil:
		return fmt.Sprintf("commit %s %s", t.Task.Node, t.Task.State)
	case t.Run != nil && t.Run.Finish != nil:
		return fmt.Sprintf("finish run %s", t.Run.Finish.Status)
	case t.Run != nil:
		return "change run"
	case t.Timer != nil:
		return "set timer " + t.Timer.Node
	}
	return "store blueprint"
}

// carry makes one request, or lets it have its mishap.
func carry[T any](w *wire, name string, size int, request func() (T, error)) (T, error) {
	var none T
	kind, err := w.next(name, size)
	if err != nil {
		return none, err
	}
	switch kind {
	case lostRequest:
		return none, errMishap
	case lostResponse, partlySent:
		_, _ = request()
		return none, errMishap
	case repeated:
		_, _ = request()
	case overlap:
		w.duplicate()
	case zombie:
		w.expire()
		w.duplicate()
	case death, lastWord:
		_, _ = request()
		if kind == lastWord {
			w.duplicate()
		}
		w.die()
		return none, errMishap
	}
	return request()
}

// next counts a request and says what happens to it; the dead make none.
func (w *wire) next(name string, size int) (mishap, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return noMishap, errMishap
	}
	w.names, w.sizes = append(w.names, name), append(w.sizes, size)
	if w.struck || len(w.names) != w.at {
		return noMishap, nil
	}
	w.struck = true
	return w.kind, nil
}

// strikes reports whether the request under way is the one with the mishap.
func (w *wire) strikes() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.names) == w.at
}

func (w *wire) die() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
}

// revive lets another worker take the dead one's place, and reports whether there was one.
func (w *wire) revive() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	died := w.dead
	w.dead = false
	return died
}
