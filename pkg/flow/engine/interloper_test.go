package engine_test

import (
	"context"

	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// between does something right before the n-th request from now on.
func (w *world) between(n int, do func()) {
	w.Helper()
	w.wire = suites.NewFlaky(&interloper{Store: w.store, at: n, do: do}, w.queue)
	w.engine = w.newEngine(nil)
}

// interloper is a store to which something happens before its n-th request.
type interloper struct {
	state.Store
	n, at int
	do    func()
}

func (i *interloper) next() {
	if i.n++; i.n == i.at {
		i.do()
	}
}

func (i *interloper) Create(ctx context.Context, run state.Run) (state.Run, error) {
	i.next()
	return i.Store.Create(ctx, run)
}

func (i *interloper) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	i.next()
	return i.Store.Load(ctx, set)
}

func (i *interloper) Claim(ctx context.Context, c state.Claim) (state.TaskRecord, error) {
	i.next()
	return i.Store.Claim(ctx, c)
}

func (i *interloper) Commit(ctx context.Context, t state.Transition) (state.TaskRecord, error) {
	i.next()
	return i.Store.Commit(ctx, t)
}

func (i *interloper) Arrive(ctx context.Context, a state.Arrival) (state.Join, error) {
	i.next()
	return i.Store.Arrive(ctx, a)
}
