package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/env"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// reconcileCmd makes one tick of the reconciler.
type reconcileCmd struct {
	StalledAfter env.Duration `default:"5m" env:"FLOW_STALLED_AFTER" help:"When a run that nobody touches counts as stalled: at least 4/3 × (timeout + 5s)."`
	Timeout      env.Duration `default:"60s" env:"FLOW_TIMEOUT" help:"Timeout of the worker function."`
	Retention    env.Duration `default:"90d" env:"FLOW_RETENTION" help:"How long runs are kept: an older one that goes on fails."`
	RescueLimit  int          `default:"1000" env:"FLOW_RESCUE_LIMIT" help:"Jobs to send again at most; runs wait while messages are visible in the queue, all of them while more than this are."`
	QueueURL     string       `name:"queue-url" env:"FLOW_QUEUE_URL" help:"The queue."`
	Tables
	Endpoints
}

func (*reconcileCmd) Help() string {
	return `Prints what it did as one JSON object, and logs to standard error. It may be repeated at any time, also
while the reconciler runs. The exit code is 1 when an error kept a run or a timer from being looked after.`
}

// Run executes the command.
func (c *reconcileCmd) Run(ctx context.Context, out *output) error {
	store, err := c.store(ctx, c.Tables)
	if err != nil {
		return err
	}
	queue, err := c.queue(ctx, c.QueueURL)
	if err != nil {
		return err
	}
	reconciler, err := engine.NewReconciler(store, dynamo.NewCoordinationStore(store), queue, engine.ReconcilerConfig{
		Config: engine.Config{
			StalledAfter: time.Duration(c.StalledAfter), Timeout: time.Duration(c.Timeout), Retention: time.Duration(c.Retention),
			Logger: slog.New(slog.NewJSONHandler(out.stderr, nil)),
		},
		RescueLimit: c.RescueLimit,
	})
	if err != nil {
		return usageError{err}
	}
	stats, err := reconciler.Tick(ctx)
	if printed := out.json(stats); err == nil {
		err = printed
	}
	if err == nil && stats.FailedRuns+stats.FailedTimers > 0 {
		return exitError(exitFailed) // the log lines say why
	}
	return err
}
