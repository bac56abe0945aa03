package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/display"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
)

// inspectCmd prints the state of a run.
type inspectCmd struct {
	RunID string `arg:"" name:"run" help:"The run's id."`
	JSON  bool   `help:"Print the report as JSON."`
	// NoValues works with permissions that exclude all values.
	NoValues bool `help:"Read no values: print the states, times and codes of nodes alone."`
	Tables
	Endpoints
}

// Run executes the command.
func (c *inspectCmd) Run(ctx context.Context, out *output) error {
	stack, err := c.connect(ctx, nil, &c.Tables)
	if err != nil {
		return err
	}
	read := stack.Client().Report
	if c.NoValues {
		read = client.New(nil, stack.Store.Outline()).Inspect
	}
	report, err := read(ctx, c.RunID)
	if errors.Is(err, flow.ErrNotFound) {
		return fmt.Errorf("%w: no worker has begun it (yet), or it is older than the retention, or it is in other tables than %s", err, c.Status)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return out.json(report)
	}
	return display.Report(out.stdout, report)
}
