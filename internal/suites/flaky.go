package suites

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ErrInjected is what a request fails with that [Flaky] has injected a fault into.
var ErrInjected = errors.New("injected fault")

// Fault is what happens to a request.
type Fault string

// The faults of a network.
const (
	LostRequest  Fault = "lost request"  // an error, and nothing took effect
	LostResponse Fault = "lost response" // an error, although it took effect
	Repeated     Fault = "repeated"      // the client's own retry of a lost response: carried out twice, and the second answer counts
)

var (
	_ state.Store = (*Flaky)(nil)
	_ flow.Sender = (*Flaky)(nil)
)

// Flaky is a [state.Store] and a [flow.Sender] that counts the requests to both
// and injects a fault into one of them. Each call of a store's method and each
// Send is one request. It is safe for concurrent use.
type Flaky struct {
	store state.Store
	queue flow.Sender

	mu       sync.Mutex
	requests []string
	nth      int
	fault    Fault
}

// NewFlaky returns a Flaky that injects nothing yet.
func NewFlaky(store state.Store, queue flow.Sender) *Flaky { return &Flaky{store: store, queue: queue} }

// Inject lets the n-th request, counted from 1 since NewFlaky, have the fault.
// It replaces the fault that was to come; 0 means none.
func (f *Flaky) Inject(n int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nth, f.fault = n, fault
}

// Count is the number of requests so far.
func (f *Flaky) Count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// Requests names the requests so far, in order, like "claim join" or "send 2 messages".
func (f *Flaky) Requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

// Create implements [state.Store].
func (f *Flaky) Create(ctx context.Context, run state.Run) (state.Run, error) {
	return request(f, "create run", func() (state.Run, error) { return f.store.Create(ctx, run) })
}

// Load implements [state.Store].
func (f *Flaky) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	return request(f, "load", func() (state.Snapshot, error) { return f.store.Load(ctx, set) })
}

// Claim implements [state.Store].
func (f *Flaky) Claim(ctx context.Context, claim state.Claim) (state.TaskRecord, error) {
	return request(f, "claim "+claim.Node, func() (state.TaskRecord, error) { return f.store.Claim(ctx, claim) })
}

// Commit implements [state.Store].
func (f *Flaky) Commit(ctx context.Context, transition state.Transition) (state.TaskRecord, error) {
	return request(f, commitName(transition), func() (state.TaskRecord, error) { return f.store.Commit(ctx, transition) })
}

func commitName(t state.Transition) string {
	switch {
	case t.Task != nil:
		return fmt.Sprintf("commit %s %s", t.Task.Node, t.Task.State)
	case t.Run != nil && t.Run.Finish != nil:
		return fmt.Sprintf("finish run %s", t.Run.Finish.Status)
	case t.Run != nil:
		return "change run"
	case t.Timer != nil:
		return "keep timer " + t.Timer.Node
	}
	return "keep blueprint"
}

// Arrive implements [state.Store].
func (f *Flaky) Arrive(ctx context.Context, arrival state.Arrival) (state.Join, error) {
	name := "arrive at " + arrival.Join.Node
	if arrival.Join.TaskKey == (state.TaskKey{}) {
		name = "arrive at the end"
	}
	return request(f, name, func() (state.Join, error) { return f.store.Arrive(ctx, arrival) })
}

// Send implements [flow.Sender].
func (f *Flaky) Send(ctx context.Context, messages ...flow.Outgoing) error {
	_, err := request(f, fmt.Sprintf("send %d messages", len(messages)), func() (struct{}, error) {
		return struct{}{}, f.queue.Send(ctx, messages...)
	})
	return err
}

// request counts a request and carries it out, or not.
func request[T any](f *Flaky, name string, call func() (T, error)) (T, error) {
	fault, n := f.next(name)
	var zero T
	switch fault {
	case LostRequest:
		return zero, fmt.Errorf("request %d (%s): %s: %w", n, name, fault, ErrInjected)
	case LostResponse:
		_, _ = call()
		return zero, fmt.Errorf("request %d (%s): %s: %w", n, name, fault, ErrInjected)
	case Repeated:
		_, _ = call()
	}
	return call()
}

func (f *Flaky) next(name string) (Fault, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, name)
	if n := len(f.requests); n != f.nth {
		return "", n
	}
	return f.fault, f.nth
}
