package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// startCmd starts a run by sending its message.
type startCmd struct {
	Blueprint string        `arg:"" help:"The id of the blueprint."`
	Input     string        `placeholder:"JSON" help:"The run's input."`
	RunID     string        `help:"The run's id; starting it again under the same id starts nothing more. Default: a new one."`
	Tenant    string        `help:"The tenant whose group of the fair queue the run belongs to."`
	By        string        `placeholder:"NAME" help:"Who starts the run, as its report will state."`
	Trace     traced        `embed:""`
	Wait      bool          `help:"Wait for the run's end, and print its report."`
	Timeout   time.Duration `default:"15m" help:"How long to wait."`
	Queue
	Tables
	Endpoints
}

// Run executes the command.
func (c *startCmd) Run(ctx context.Context, out *output) error {
	input, err := parseInput(c.Input)
	if err != nil {
		return err
	}
	if ctx, err = c.Trace.context(ctx); err != nil {
		return err
	}
	var tables *Tables
	if c.Wait { // a missing table name is reported before anything is sent
		tables = &c.Tables
	}
	stack, err := c.connect(ctx, &c.Queue, tables)
	if err != nil {
		return err
	}
	var options []client.StartOption
	if c.RunID != "" {
		options = append(options, client.WithRunID(c.RunID))
	}
	if c.Tenant != "" {
		options = append(options, client.WithTenant(c.Tenant))
	}
	id, err := stack.Client().By(c.By).Start(ctx, c.Blueprint, input, options...)
	if refused, ok := errors.AsType[*flow.RejectError](err); ok {
		return usageError{errors.New(refused.Reason)}
	}
	if err != nil {
		return fmt.Errorf("%w\nit may have been sent nevertheless: repeat it with --run-id %s, which starts no second run", err, id)
	}
	if !c.Wait {
		return out.json(map[string]string{"runId": id})
	}
	return c.wait(ctx, out, stack, id, input)
}

// wait polls the run every half second until it has ended. The run of another start under
// the same id is an error: its result is not the one that is waited for.
func (c *startCmd) wait(ctx context.Context, out *output, stack *flowaws.Stack, runID string, input any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("%s have passed", c.Timeout))
	defer cancel()
	poll := time.NewTicker(500 * time.Millisecond)
	defer poll.Stop()
	for begun := false; ; {
		run, err := stack.Store.Run(ctx, runID)
		if err == nil && !begun {
			err = stack.Client().Confirm(ctx, runID, c.Blueprint, input)
		}
		begun = begun || err == nil
		switch {
		case ctx.Err() != nil:
			return notEnded(ctx, runID, begun)
		case err == nil && run.Status.Terminal():
			report, err := stack.Client().Report(ctx, runID)
			if err != nil {
				return err
			}
			return out.report(report)
		case err != nil && !errors.Is(err, flow.ErrNotFound):
			return err
		}
		select {
		case <-ctx.Done():
			return notEnded(ctx, runID, begun)
		case <-poll.C:
		}
	}
}

// notEnded describes the state of a run at the end of the wait.
func notEnded(ctx context.Context, runID string, begun bool) error {
	if !begun {
		return fmt.Errorf("no worker has begun run %s: %w; check that a worker receives from this queue and has the blueprint, and see its log", runID, context.Cause(ctx))
	}
	return fmt.Errorf("run %s has not ended: %w; it goes on: see its log lines, or flowctl inspect %s", runID, context.Cause(ctx), runID)
}
