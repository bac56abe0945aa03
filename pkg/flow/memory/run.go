package memory

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Run executes one run of a blueprint in this process, from its start to its
// end, and returns it with its Outputs. Delays are skipped. A failed run is
// returned with its [flow.NodeError], an invalid blueprint with a
// [flow.InvalidError]. Nothing is kept.
func Run(ctx context.Context, b *flow.Blueprint, registry flow.Registry, input any) (flow.Run, error) {
	store, queue := NewStore(), NewQueue()
	engine, err := flow.New(store, queue, registry, flow.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now}.Fit())
	if err != nil {
		return flow.Run{}, err
	}
	id, err := engine.Start(ctx, b.ID, input)
	if err != nil {
		return flow.Run{}, err
	}
	return Finish(ctx, store, queue, engine, id)
}

// Finish drains the queue, delivers the store's timers when they are due, and
// returns the run as it then is, as [Run] does.
func Finish(ctx context.Context, store *Store, queue *Queue, consumer Consumer, runID string) (flow.Run, error) {
	for {
		if err := queue.Drain(ctx, consumer); err != nil {
			return flow.Run{}, err
		}
		timer, ok := store.takeTimer()
		if !ok {
			break
		}
		queue.push(timer.DueAt, flow.Outgoing{Body: timer.Body, Tenant: timer.Tenant})
	}
	report, err := flow.ReadReport(ctx, store, runID)
	if err != nil {
		return flow.Run{}, withDead(err, queue)
	}
	run, err := store.Run(ctx, runID)
	if err != nil {
		return flow.Run{}, err
	}
	run.Outputs = report.Outputs
	switch {
	case run.Status == flow.Failed && run.Error != nil:
		return run, run.Error.Err(runID)
	case !run.Status.Terminal():
		return run, withDead(fmt.Errorf("run %s is %s and nothing is left to do", runID, report.Status), queue)
	}
	return run, nil
}

// withDead adds why messages were given up, since that is mostly the cause.
func withDead(err error, queue *Queue) error {
	for _, d := range queue.Dead() {
		err = fmt.Errorf("%w; message %s was given up: %w", err, d.ID, d.Err)
	}
	return err
}
