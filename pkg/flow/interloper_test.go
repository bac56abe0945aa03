package flow_test

import (
	"context"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

// between does something right before the n-th request from now on.
func (w *world) between(n int, do func()) {
	w.Helper()
	w.wire = flowtest.NewFlaky(&interloper{Store: w.store, at: n, do: do}, w.queue)
	w.engine = w.newEngine(nil)
}

// interloper is a store to which something happens before its n-th request.
type interloper struct {
	flow.Store
	n, at int
	do    func()
}

func (i *interloper) next() {
	if i.n++; i.n == i.at {
		i.do()
	}
}

func (i *interloper) Create(ctx context.Context, run flow.Run) (flow.Run, error) {
	i.next()
	return i.Store.Create(ctx, run)
}

func (i *interloper) Load(ctx context.Context, set flow.ReadSet) (flow.Snapshot, error) {
	i.next()
	return i.Store.Load(ctx, set)
}

func (i *interloper) Claim(ctx context.Context, c flow.Claim) (flow.TaskRecord, error) {
	i.next()
	return i.Store.Claim(ctx, c)
}

func (i *interloper) Commit(ctx context.Context, t flow.Transition) (flow.TaskRecord, error) {
	i.next()
	return i.Store.Commit(ctx, t)
}

func (i *interloper) Arrive(ctx context.Context, a flow.Arrival) (flow.Join, error) {
	i.next()
	return i.Store.Arrive(ctx, a)
}
