package main

import (
	"context"
	"log/slog"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// reconcileCmd makes one tick of the reconciler.
type reconcileCmd struct {
	StalledAfter settings.DurationFlag `default:"${FLOW_STALLED_AFTER_DEFAULT}" env:"FLOW_STALLED_AFTER" help:"${FLOW_STALLED_AFTER}"`
	Timeout      settings.DurationFlag `default:"${FLOW_TIMEOUT_DEFAULT}" env:"FLOW_TIMEOUT" help:"${FLOW_TIMEOUT}"`
	RescueLimit  int                   `default:"${FLOW_RESCUE_LIMIT_DEFAULT}" env:"FLOW_RESCUE_LIMIT" help:"${FLOW_RESCUE_LIMIT}"`
	Queue
	Tables
	Endpoints
}

func (*reconcileCmd) Help() string {
	return `Prints what it did as one JSON object, and logs to standard error. It may be repeated at any time, also
while the reconciler runs. The exit code is 1 when an error kept a run or a timer from being looked after.`
}

// Run executes the command.
func (c *reconcileCmd) Run(ctx context.Context, out *output) error {
	stack, err := c.connect(ctx, &c.Queue, &c.Tables)
	if err != nil {
		return err
	}
	var config engine.ReconcilerConfig
	settings.Copy(&config, c)
	config.Logger = slog.New(slog.NewJSONHandler(out.stderr, nil))
	reconciler, err := engine.NewReconciler(stack.Store, stack.Locks, stack.Queue, config)
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
