package main

import (
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
	File     string `short:"f" required:"" placeholder:"BLUEPRINT.JSON" help:"The blueprint. Its nodes must be built-in ones: pass, eval, set and fail."`
	Input    string `placeholder:"JSON" help:"The run's input."`
	RealTime bool   `help:"Wait for delays instead of skipping them."`
}

// Run executes the command.
func (c *runCmd) Run(ctx context.Context, out *output) error {
	b, input, err := c.load()
	if err != nil {
		return out.invalid(err)
	}
	store := memory.NewStore()
	queue := memory.NewQueue()
	if c.RealTime {
		queue = memory.NewQueue(memory.RealTime())
	}
	engine, err := flow.New(store, queue, nil, flow.Config{
		Blueprints: []*flow.Blueprint{b}, Now: queue.Now,
		Logger: slog.New(slog.NewJSONHandler(out.stderr, nil)),
	})
	if err != nil {
		return out.invalid(err)
	}
	id, err := engine.Start(ctx, b.ID, input)
	if err != nil {
		return usageError{err}
	}
	if _, err := memory.Finish(ctx, store, queue, engine, id); err != nil {
		if _, failed := errors.AsType[*flow.NodeError](err); !failed {
			return err
		}
	}
	report, err := flow.ReadReport(ctx, store, id)
	if err != nil {
		return err
	}
	return out.report(report)
}

// load reads the blueprint and the input.
func (c *runCmd) load() (*flow.Blueprint, any, error) {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return nil, nil, usageError{err}
	}
	input, err := parseInput(c.Input)
	if err != nil {
		return nil, nil, err
	}
	b, err := flow.CheckBlueprint(data, nil)
	return b, input, err
}

func parseInput(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	if !json.Valid([]byte(text)) {
		return nil, usageError{fmt.Errorf("--input is no JSON: %s", text)}
	}
	return json.RawMessage(text), nil
}
