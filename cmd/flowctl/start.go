package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// startCmd starts a run by sending its message.
type startCmd struct {
	Blueprint string        `arg:"" help:"The id of the blueprint."`
	Input     string        `placeholder:"JSON" help:"The run's input."`
	RunID     string        `help:"The run's id; starting it again under the same id starts nothing more. Default: a new one."`
	Tenant    string        `help:"The tenant whose group of the fair queue the run belongs to."`
	Wait      bool          `help:"Wait for the run's end, and print its report."`
	Timeout   time.Duration `default:"15m" help:"How long to wait."`
	QueueURL  string        `name:"queue-url" env:"FLOW_QUEUE_URL" required:"" help:"The queue."`
	Tables
	Endpoints
}

// Run executes the command.
func (c *startCmd) Run(ctx context.Context, out *output) error {
	input, err := parseInput(c.Input)
	if err != nil {
		return err
	}
	queue, err := c.queue(ctx, c.QueueURL)
	if err != nil {
		return err
	}
	var options []flow.StartOption
	if c.RunID != "" {
		options = append(options, flow.WithRunID(c.RunID))
	}
	if c.Tenant != "" {
		options = append(options, flow.WithTenant(c.Tenant))
	}
	id, err := flow.NewClient(queue).Start(ctx, c.Blueprint, input, options...)
	if _, refused := errors.AsType[*flow.RejectError](err); refused {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if !c.Wait {
		return out.json(map[string]string{"runId": id})
	}
	return c.wait(ctx, out, id)
}

// wait looks for the run's end every half second.
func (c *startCmd) wait(ctx context.Context, out *output, runID string) error {
	store, err := c.store(ctx, c.Tables)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	poll := time.NewTicker(500 * time.Millisecond)
	defer poll.Stop()
	for {
		run, err := store.Run(ctx, runID)
		switch {
		case err == nil && run.Status.Terminal():
			report, err := flow.ReadReport(ctx, store, runID)
			if err != nil {
				return err
			}
			return out.report(report)
		case err != nil && !errors.Is(err, flow.ErrNotFound):
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("run %s has not ended within %s: see its log lines, or flowctl inspect %s", runID, c.Timeout, runID)
		case <-poll.C:
		}
	}
}
