package memory

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Run executes one run of a blueprint in this process, from its start to its end,
// and returns its report. Nodes run one after the other, so that a run of code that always
// gives the same results has the same result. Delays are skipped: the run's clock jumps over them. A
// deadline of ctx, which is on the real clock, ends the run only by its
// cancellation. A failed run is returned with its [*flow.NodeError], an invalid
// blueprint with a [*flow.InvalidError] and no report. Nothing is kept.
func Run(ctx context.Context, b *flow.Blueprint, registry flow.Registry, input any) (*flow.Report, error) {
	store, queue := NewStore(), NewQueue()
	worker, err := engine.New(store, queue, registry, engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Strands: 1}.Fit())
	if err != nil {
		return nil, err
	}
	id, err := client.New(queue, store).Start(ctx, b.ID, input)
	if err != nil {
		return nil, err
	}
	return Finish(ctx, store, queue, worker, id)
}

// Finish drains the queue, delivers the store's timers when they are due, and
// returns the run's report at the end, as [Run] does.
func Finish(ctx context.Context, store *Store, queue *Queue, consumer Consumer, runID string) (*flow.Report, error) {
	for {
		if err := queue.Drain(ctx, consumer); err != nil {
			return nil, err
		}
		timer, ok := takeTimer(store)
		if !ok {
			break
		}
		queue.push(timer.DueAt, flow.Outgoing{Body: timer.Body, Tenant: timer.Tenant})
	}
	report, err := client.New(queue, store).Report(ctx, runID)
	if err != nil {
		return nil, withDead(err, queue)
	}
	if !report.Status.Terminal() {
		return report, withDead(fmt.Errorf("run %s is %s and nothing is left to do", runID, report.Status), queue)
	}
	return report, report.Err()
}

// withDead adds the reasons of dead letters to the error, since they are mostly its
// cause.
func withDead(err error, queue *Queue) error {
	for _, d := range queue.Dead() {
		err = fmt.Errorf("%w; message %s was given up: %w", err, d.ID, d.Err)
	}
	return err
}

var _ Consumer = (*engine.Engine)(nil)

var _ interface {
	state.Store
	state.Directory
	state.Sweep
} = (*Store)(nil)
