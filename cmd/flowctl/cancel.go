package main

import (
	"context"
	"errors"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// cancelCmd ends a run by sending its message.
type cancelCmd struct {
	RunID  string `arg:"" name:"run" help:"The run's id."`
	Reason string `help:"Why, for the run's report."`
	By     string `placeholder:"NAME" help:"Who cancels it, as its report will state."`
	Queue
	Endpoints
}

// Run executes the command.
func (c *cancelCmd) Run(ctx context.Context, out *output) error {
	stack, err := c.connect(ctx, &c.Queue, nil)
	if err != nil {
		return err
	}
	err = stack.Client().By(c.By).Cancel(ctx, c.RunID, c.Reason)
	if refused, ok := errors.AsType[*flow.RejectError](err); ok {
		return usageError{errors.New(refused.Reason)}
	}
	if err != nil {
		return err
	}
	return out.json(map[string]string{"runId": c.RunID})
}
