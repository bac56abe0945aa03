package main

import (
	"context"
	"log/slog"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// reconcileCmd makes one tick of the reconciler.
type reconcileCmd struct {
	StalledAfter settings.DurationFlag `default:"${FLOW_STALLED_AFTER_DEFAULT}" env:"FLOW_STALLED_AFTER" help:"${FLOW_STALLED_AFTER}"`
	Timeout      settings.DurationFlag `default:"${FLOW_TIMEOUT_DEFAULT}" env:"FLOW_TIMEOUT" help:"${FLOW_TIMEOUT}"`
	Retention    settings.DurationFlag `default:"${FLOW_RETENTION_DEFAULT}" env:"FLOW_RETENTION" help:"${FLOW_RETENTION}"`
	RescueLimit  int                   `default:"${FLOW_RESCUE_LIMIT_DEFAULT}" env:"FLOW_RESCUE_LIMIT" help:"${FLOW_RESCUE_LIMIT}"`
	QueueURL     string                `name:"queue-url" env:"FLOW_QUEUE_URL" help:"${FLOW_QUEUE_URL}"`
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
	var config engine.ReconcilerConfig
	settings.Copy(&config, c)
	config.Logger = slog.New(slog.NewJSONHandler(out.stderr, nil))
	reconciler, err := engine.NewReconciler(store, dynamo.NewCoordinationStore(store), queue, config)
	if err != nil {
		return usageError{namingFlags("reconcile", err)}
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
