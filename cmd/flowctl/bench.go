package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/bench"
	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// benchCmd measures runs of a blueprint on a local stack.
type benchCmd struct {
	Blueprint string        `arg:"" help:"The id of the blueprint."`
	Input     string        `placeholder:"JSON" help:"The input of every run."`
	Runs      int           `default:"200" help:"Runs to time, up to 100,000."`
	Rate      float64       `help:"Starts a second. Default: one as soon as another has ended."`
	AtOnce    int           `default:"16" help:"Runs at a time, at most."`
	Limit     time.Duration `default:"5m" help:"Time for everything."`
	JSON      bool          `help:"Print a JSON object."`

	DynamoDBLatency time.Duration `name:"dynamodb-latency" help:"Time that a request of the worker to DynamoDB takes at least, such as 4ms." placeholder:"DURATION"`
	SQSLatency      time.Duration `name:"sqs-latency" help:"The same for SQS, and for its answers to polls, such as 10ms." placeholder:"DURATION"`

	BlueprintsFolder string    `name:"blueprints" help:"${FLOW_BLUEPRINTS}" default:"${FLOW_BLUEPRINTS_DEFAULT}" type:"existingdir"`
	Worker           string    `help:"Binary of the worker. Default: what ./functions/worker of this module builds." placeholder:"FILE" type:"existingfile"`
	Sandboxes        int       `help:"Processes of the worker at most." default:"4"`
	Secret           given     `placeholder:"NAME=VALUE" mapsep:"none" help:"A secret that nodes use, by its name without #field. Repeatable."`
	Env              variables `placeholder:"NAME=VALUE" mapsep:"none" help:"An environment variable of the worker, such as GOGC=400. Repeatable."`
	Servers          string    `help:"Folder whose node_modules holds the servers. Default: the nearest one above this folder, or above this program." placeholder:"DIR" type:"existingdir"`
}

func (*benchCmd) Help() string {
	return `Starts the local stack of flowctl dev, without a reconciler, and times runs on it. The time of a run is from the
sending of its start until its status can be read. A second stack, whose requests pass proxies that count
them, runs up to 100 more. Everything that was started ends with the command.

With --at-once 1 every run is alone, and the steps of its time are told, too. With --dynamodb-latency and
--sqs-latency requests take as long as in the cloud, so that the times are of the same kind.

The servers, the worker and this command share the machine: compare the figures with others of the same
machine only. The exit code is 1 if a run did not complete.`
}

// Run executes the command.
func (c *benchCmd) Run(ctx context.Context, out *output) error {
	dev := &devCmd{
		BlueprintsFolder: c.BlueprintsFolder, Worker: c.Worker, Secret: c.Secret, Env: c.Env, Sandboxes: c.Sandboxes, Servers: c.Servers,
	}
	input, err := parseInput(c.Input)
	if err := cmp.Or(err, usage(errors.Join(c.check(), c.Secret.check(), c.Env.check(c)))); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "flowctl")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder is harmless
	config := bench.Config{Stack: dev.config(out), Blueprint: c.Blueprint, Input: input, Runs: c.Runs, Rate: c.Rate, AtOnce: c.AtOnce}
	config.Stack.Latency = localstack.Latency{DynamoDB: c.DynamoDBLatency, SQS: c.SQSLatency}
	if c.Worker == "" {
		build, err := newFunctionBuild(ctx, dir)
		if err != nil {
			return err
		}
		if config.Stack.Worker, err = build.worker(ctx); err != nil {
			return err
		}
	}
	return c.measure(ctx, out, config)
}

func (c *benchCmd) measure(ctx context.Context, out *output, config bench.Config) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Limit, fmt.Errorf("%w: --limit %s", bench.ErrTooLong, c.Limit))
	defer cancel()
	report, err := bench.Measure(ctx, config)
	if invalid, ok := errors.AsType[*localstack.ConfigError](err); ok {
		return usageError{invalid}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = out.json(report)
	} else {
		err = report.WriteText(out.stdout)
	}
	if err == nil && report.Failed > 0 {
		return exitError(exitFailed)
	}
	return err
}

// check reports flags that make a measurement impossible.
func (c *benchCmd) check() error {
	var errs []error
	if c.Runs < 1 || c.Runs > 100_000 {
		errs = append(errs, fmt.Errorf("--runs is %d, must be 1 to 100000", c.Runs))
	}
	if !(c.Rate >= 0 && c.Rate <= 10_000) || math.Signbit(c.Rate) {
		errs = append(errs, fmt.Errorf("--rate is %v, must be up to 10000", c.Rate))
	}
	if c.AtOnce < 1 || c.AtOnce > 10_000 {
		errs = append(errs, fmt.Errorf("--at-once is %d, must be 1 to 10000", c.AtOnce))
	}
	for flag, latency := range map[string]time.Duration{"--dynamodb-latency": c.DynamoDBLatency, "--sqs-latency": c.SQSLatency} {
		if latency < 0 || latency > time.Second {
			errs = append(errs, fmt.Errorf("%s is %s, must be up to 1s", flag, latency))
		}
	}
	if c.Limit <= 0 || c.Limit > time.Hour {
		errs = append(errs, fmt.Errorf("--limit is %s, must be up to 1h", c.Limit))
	}
	blueprints, err := flow.LoadBlueprints(os.DirFS(c.BlueprintsFolder))
	if err == nil && !slices.ContainsFunc(blueprints, func(b *flow.Blueprint) bool { return b.ID == c.Blueprint }) {
		err = fmt.Errorf("no blueprint %q in the folder %s", c.Blueprint, c.BlueprintsFolder)
	}
	return errors.Join(append(errs, err)...)
}

// usage returns an error of the command's usage, nil for nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}
