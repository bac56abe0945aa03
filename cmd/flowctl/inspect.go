package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// InspectCmd prints where a run stands.
type InspectCmd struct {
	RunID string `arg:"" name:"run" help:"The run's id."`
	JSON  bool   `help:"Print the report as JSON."`
	Tables
	Endpoints
}

// Run executes the command.
func (c *InspectCmd) Run(ctx context.Context, out *output) error {
	store, err := c.store(ctx, c.Tables)
	if err != nil {
		return err
	}
	report, err := flow.ReadReport(ctx, store, c.RunID)
	if err != nil {
		return err
	}
	if c.JSON {
		return out.json(report)
	}
	return out.table(report)
}

// table prints a report for people.
func (o *output) table(r flow.Report) error {
	fmt.Fprintf(o.stdout, "run %s of %s: %s\n", r.RunID, r.BlueprintID, r.Status)
	if r.Error != nil {
		fmt.Fprintf(o.stdout, "%s: %s\n", r.Error.Code, r.Error.Message)
	}
	w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tSTATE\tATTEMPTS\tSTARTED\tTOOK")
	for _, n := range r.Nodes {
		id := n.ID
		if n.Scope != "" {
			id += "@" + n.Scope
		}
		started, took := "", ""
		if n.StartedAt != nil {
			started = n.StartedAt.Format("15:04:05.000")
		}
		if n.StartedAt != nil && n.FinishedAt != nil {
			took = n.FinishedAt.Sub(*n.StartedAt).Round(time.Millisecond).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", id, n.State, n.Attempts, started, took)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	fmt.Fprintf(o.stdout, "result: %s\n", r.Result)
	return nil
}
