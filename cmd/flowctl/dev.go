package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// devCmd runs the local stack until it is stopped.
type devCmd struct {
	BlueprintsFolder string                `name:"blueprints" help:"${FLOW_BLUEPRINTS}" default:"${FLOW_BLUEPRINTS_DEFAULT}" type:"existingdir"`
	Timeout          settings.DurationFlag `help:"${FLOW_TIMEOUT}" default:"30s"`
	Visibility       settings.DurationFlag `placeholder:"DURATION" help:"${FLOW_VISIBILITY} Default: 6 times the timeout, and the batch window."`
	BatchWindow      settings.DurationFlag `placeholder:"DURATION" help:"${FLOW_BATCH_WINDOW}"`
	Memory           int                   `help:"${FLOW_MEMORY}" default:"${FLOW_MEMORY_DEFAULT}"`
	MaxReceives      int                   `help:"${FLOW_MAX_RECEIVES}" default:"${FLOW_MAX_RECEIVES_DEFAULT}"`
	Tick             settings.DurationFlag `help:"${FLOW_TICK}" default:"${FLOW_TICK_DEFAULT}"`
	StalledAfter     settings.DurationFlag `placeholder:"DURATION" help:"${FLOW_STALLED_AFTER} Default: FLOW_STALLED_AFTER, or 5m, or twice the timeout if that is more."`
	MaxRun           settings.DurationFlag `placeholder:"DURATION" help:"${FLOW_MAX_RUN} Default: FLOW_MAX_RUN, or ${FLOW_MAX_RUN_DEFAULT}."`
	MissingCode      settings.DurationFlag `placeholder:"DURATION" help:"${FLOW_MISSING_CODE} Default: FLOW_MISSING_CODE, or ${FLOW_MISSING_CODE_DEFAULT}."`
	MissingBlueprint settings.DurationFlag `placeholder:"DURATION" help:"${FLOW_MISSING_BLUEPRINT} Default: FLOW_MISSING_BLUEPRINT, or ${FLOW_MISSING_BLUEPRINT_DEFAULT}."`

	Secret given     `placeholder:"NAME=VALUE" mapsep:"none" help:"A secret that nodes use, by its name without #field; the stack answers for Secrets Manager and Parameter Store. Repeatable."`
	Env    variables `placeholder:"NAME=VALUE" mapsep:"none" help:"An environment variable of the functions, such as GOGC=400 or a FLOW_ setting without a flag here. Those that the stack sets itself are refused. Repeatable."`

	Sandboxes   int    `help:"Processes of the worker at most." default:"4"`
	Batch       int    `help:"Messages in one invocation at most; above 10, --batch-window must be at least 1s." default:"10"`
	Worker      string `help:"Binary of the worker. Default: what ./functions/worker of this module builds." placeholder:"FILE" type:"existingfile"`
	Reconciler  string `help:"Binary of the reconciler. Default: what ./functions/reconciler builds; with --worker the one in the folder reconciler beside the worker's." placeholder:"FILE" type:"existingfile"`
	EnvFile     string `help:"File that gets the variables by which flowctl and the SDKs of AWS find the stack, for a shell to read, once it is up." placeholder:"FILE" type:"path"`
	TraceWrites string `help:"File that gets a JSON line for each write of a task." placeholder:"FILE" type:"path"`
	TraceAccess string `help:"File that gets a JSON line for each permission that a function needs in AWS." placeholder:"FILE" type:"path"`

	Servers          string `help:"Folder whose node_modules holds the servers. Default: the nearest one above this folder, or above this program." placeholder:"DIR" type:"existingdir"`
	DynamoDBEndpoint string `name:"dynamodb-endpoint" help:"DynamoDB-compatible server to use. Default: one of its own." placeholder:"URL"`
	SQSEndpoint      string `name:"sqs-endpoint" help:"SQS-compatible server to use. Default: one of its own." placeholder:"URL"`
}

func (*devCmd) Help() string {
	return `Starts a DynamoDB- and an SQS-compatible server, creates the tables and queues, builds the worker and
the reconciler, has the one handle the queue as Lambda would, and invokes the other every minute as
EventBridge would. Everything that it started ends with it.

Every line of the output is a JSON object. The first one says how to reach the stack; the others are the
functions' logs, and {"sandbox":"start"} or {"sandbox":"end"} for each process of a function.

The functions see FLOW_… settings and LOG_LEVEL of this command's own environment, and nothing else of
it; --env NAME=VALUE gives them more, and overrides these. They write no metrics,
unless FLOW_METRICS=emf is in it.`
}

// Run executes the command.
func (d *devCmd) Run(ctx context.Context, out *output) error {
	if err := errors.Join(checkFlags(d), d.Secret.check(), d.Env.check(d)); err != nil {
		return usageError{err}
	}
	dir, err := os.MkdirTemp("", "flowctl")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder is harmless
	config := d.config(out)
	if err := d.build(ctx, dir, &config); err != nil {
		return unlessStopped(ctx, err)
	}
	for path, to := range map[*string]*io.Writer{&d.TraceWrites: &config.TraceWrites, &d.TraceAccess: &config.TraceAccess} {
		if *path == "" {
			continue
		}
		file, err := os.Create(*path)
		if err != nil {
			return fmt.Errorf("trace: %w", err)
		}
		defer file.Close()
		*to = file
	}
	stack, err := localstack.Start(ctx, config)
	if invalid, ok := errors.AsType[*localstack.ConfigError](err); ok {
		return usageError{invalid}
	}
	if err != nil {
		return unlessStopped(ctx, err)
	}
	defer stack.Stop()
	if err := d.writeEnv(stack.Info); err != nil {
		return err
	}
	if config.Reconciler == "" {
		slog.New(slog.NewJSONHandler(out.stdout, nil)).Warn("no reconciler runs: name its binary with --reconciler")
	}
	return stack.Wait(ctx)
}

// writeEnv writes the file for shells. Other programs may wait for it, so it is complete
// when it is there.
func (d *devCmd) writeEnv(info localstack.Info) error {
	if d.EnvFile == "" {
		return nil
	}
	var text strings.Builder
	for _, variable := range info.Environ() {
		text.WriteString("export " + variable + "\n")
	}
	if err := os.WriteFile(d.EnvFile+".new", []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(d.EnvFile+".new", d.EnvFile)
}

// build sets the binaries of the functions, and builds those without a given path.
func (d *devCmd) build(ctx context.Context, dir string, config *localstack.Config) error {
	if d.Worker != "" {
		config.Reconciler = cmp.Or(d.Reconciler, reconcilerBeside(d.Worker))
		return nil
	}
	build, err := newFunctionBuild(ctx, dir)
	if err != nil {
		return err
	}
	if config.Worker, err = build.worker(ctx); err != nil || d.Reconciler != "" {
		return err
	}
	config.Reconciler, err = build.reconciler(ctx)
	return err
}

// config passes every setting that has a flag to the functions; the stack itself uses
// some of them too.
func (d *devCmd) config(out *output) localstack.Config {
	config := localstack.Config{
		Worker:           d.Worker,
		Reconciler:       d.Reconciler,
		Sandboxes:        d.Sandboxes,
		Batch:            d.Batch,
		Secrets:          secret.Given(d.Secret),
		Env:              slices.Concat(localstack.PassThrough(os.Environ()), settings.Environ(d), d.Env.environ()),
		DynamoDBEndpoint: d.DynamoDBEndpoint,
		SQSEndpoint:      d.SQSEndpoint,
		Modules:          d.modules(),
		Output:           out.stdout,
	}
	settings.Copy(&config, d)
	return config
}

// modules returns the folders in which the search for the servers begins.
func (d *devCmd) modules() []string {
	if d.Servers != "" {
		return []string{d.Servers}
	}
	dirs := []string{"."}
	if program, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(program))
	}
	return dirs
}

// unlessStopped returns the error, or nil if it is the consequence of a stop.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
