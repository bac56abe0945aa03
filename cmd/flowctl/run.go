package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// runCmd runs a blueprint in this process, and prints its report.
type runCmd struct {
	File     string `short:"f" required:"" placeholder:"BLUEPRINT.JSON" help:"The blueprint. Its nodes must be pass, eval, set, fail, http or lambda, or have a stub."`
	Input    string `placeholder:"JSON" help:"The run's input."`
	Stub     stubs  `placeholder:"USES=RESULT" mapsep:"none" help:"What the code that nodes use returns, as {\"output\":…,\"action\":…}: runs a blueprint before its code is there. Repeatable."`
	Secret   given  `placeholder:"NAME=VALUE" mapsep:"none" help:"A secret that nodes use, by its name without #field. Nothing is read from AWS. Repeatable."`
	Trace    traced `embed:""`
	RealTime bool   `help:"Wait for delays instead of skipping them."`
	Region   string `help:"The AWS region in which nodes invoke functions."`

	HTTPAllowPrivate settings.NetworksFlag `name:"http-allow-private" env:"FLOW_HTTP_ALLOW_PRIVATE" placeholder:"NETWORK,…" help:"${FLOW_HTTP_ALLOW_PRIVATE}"`
}

// Run executes the command.
func (c *runCmd) Run(ctx context.Context, out *output) error {
	stubs, err := c.Stub.registry()
	if err := cmp.Or(err, c.Secret.check()); err != nil {
		return usageError{err}
	}
	if ctx, err = c.Trace.context(ctx); err != nil {
		return err
	}
	b, input, err := c.load(stubs)
	if err != nil {
		return out.invalid(c.File, err)
	}
	store := memory.NewStore()
	queue := memory.NewQueue()
	if c.RealTime {
		queue = memory.NewQueue(memory.RealTime())
	}
	for _, warning := range httpnode.Warnings(b) {
		fmt.Fprintln(out.stderr, "flowctl: warning:", warning)
	}
	invoker, err := c.client(ctx, b)
	if err != nil {
		return err
	}
	worker, err := engine.New(store, queue, c.nodes(stubs, invoker), engine.Config{
		Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Strands: 1, Middleware: []flow.Middleware{c.Secret.middleware()},
		Logger: slog.New(slog.NewJSONHandler(out.stderr, nil)),
	}.Fit())
	if err != nil {
		return usageError{err}
	}
	id, err := client.New(queue, nil).Start(ctx, b.ID, input)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return usageError{err}
	}
	_, err = memory.Finish(ctx, store, queue, worker, id)
	return out.ended(ctx, store, id, err)
}

// ended prints the report of a run, also of an interrupted or blocked one; the error
// ended is the reason for which the run has not ended.
func (o *output) ended(ctx context.Context, store state.Directory, runID string, ended error) error {
	report, err := client.New(nil, store).Report(context.WithoutCancel(ctx), runID)
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
func (c *runCmd) load(stubs flow.Registry) (*flow.Blueprint, any, error) {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return nil, nil, usageError{err}
	}
	input, err := parseInput(c.Input)
	if err != nil {
		return nil, nil, err
	}
	b, err := flow.CheckBlueprint(data, c.nodes(stubs, nil))
	return b, input, err
}

// nodes returns the nodes outside of the engine, and the stubs, which replace any
// node.
func (c *runCmd) nodes(stubs flow.Registry, client *lambdanode.Client) flow.Registry {
	registry := flow.Registry{
		httpnode.Name:   httpnode.New(httpnode.Config{AllowPrivate: c.HTTPAllowPrivate}),
		lambdanode.Name: lambdanode.New(client),
	}
	maps.Copy(registry, stubs)
	return registry
}

// client returns nil for a blueprint without lambda nodes: it needs no AWS.
func (c *runCmd) client(ctx context.Context, b *flow.Blueprint) (*lambdanode.Client, error) {
	_, stubbed := c.Stub[lambdanode.Name]
	if stubbed || !slices.ContainsFunc(b.Nodes, func(n flow.Node) bool { return n.Uses == lambdanode.Name }) {
		return nil, nil
	}
	cfg, err := Endpoints{Region: c.Region}.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("blueprint %s invokes Lambda functions: %w", b.ID, err)
	}
	return lambdanode.NewClient(cfg), nil
}

// parseInput keeps the text of the input, and returns nil for "".
func parseInput(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	var input json.RawMessage
	if err := json.Unmarshal(rawjson.TrimMark([]byte(text)), &input); err != nil {
		return nil, usageError{fmt.Errorf("--input is not JSON: %w", err)}
	}
	return input, nil
}
