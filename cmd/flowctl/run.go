package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// runCmd runs a blueprint in this process, and prints its report.
type runCmd struct {
	File     string `short:"f" required:"" placeholder:"BLUEPRINT.JSON" help:"The blueprint. Its nodes must be built-in ones (pass, eval, set and fail), or have a stub."`
	Input    string `placeholder:"JSON" help:"The run's input."`
	Stub     stubs  `placeholder:"USES=RESULT" mapsep:"none" help:"What the code that nodes use returns, as {\"output\":…,\"action\":…}: runs a blueprint before its code is there. Repeatable."`
	RealTime bool   `help:"Wait for delays instead of skipping them."`
}

// Run executes the command.
func (c *runCmd) Run(ctx context.Context, out *output) error {
	registry, err := c.Stub.registry()
	if err != nil {
		return err
	}
	b, input, err := c.load(registry)
	if err != nil {
		return out.invalid(err)
	}
	store := memory.NewStore()
	queue := memory.NewQueue()
	if c.RealTime {
		queue = memory.NewQueue(memory.RealTime())
	}
	engine, err := flow.New(store, queue, registry, flow.Config{
		Blueprints: []*flow.Blueprint{b}, Now: queue.Now,
		Logger: slog.New(slog.NewJSONHandler(out.stderr, nil)),
	}.Fit())
	if err != nil {
		return usageError{err}
	}
	id, err := engine.Start(ctx, b.ID, input)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return usageError{err}
	}
	_, err = memory.Finish(ctx, store, queue, engine, id)
	return out.ended(ctx, store, id, err)
}

// ended prints the report of a run, also of one that was interrupted or cannot
// go on; ended says why it was not brought to its end.
func (o *output) ended(ctx context.Context, store flow.ReportStore, runID string, ended error) error {
	report, err := flow.ReadReport(context.WithoutCancel(ctx), store, runID)
	if err != nil {
		return cmp.Or(ended, err)
	}
	if report.Status.Terminal() {
		return o.report(report)
	}
	if ctx.Err() != nil {
		ended = fmt.Errorf("run %s was interrupted and is %s: %w", runID, report.Status, context.Cause(ctx))
	}
	return errors.Join(o.json(report), ended)
}

// load reads the blueprint and the input.
func (c *runCmd) load(registry flow.Registry) (*flow.Blueprint, any, error) {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return nil, nil, usageError{err}
	}
	input, err := parseInput(c.Input)
	if err != nil {
		return nil, nil, err
	}
	b, err := flow.CheckBlueprint(data, registry)
	return b, input, err
}

// parseInput keeps the text of the input; none is nil.
func parseInput(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	var input json.RawMessage
	if err := json.Unmarshal([]byte(text), &input); err != nil {
		return nil, usageError{fmt.Errorf("--input is no JSON: %w", err)}
	}
	return input, nil
}
