package lambdaflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/flowcraft-go/flowcraft/internal/awsenv"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
	"github.com/flowcraft-go/flowcraft/pkg/secretaws"
)

// Worker is the complete main function of a worker: it reads the environment and the
// blueprints, and handles batches of messages with the nodes' code in registry,
// wrapped in middleware (the first is outermost). The nodes http and lambda are
// added, unless registry has code of these names. It does not return. With faulty
// settings or blueprints it writes every fault to standard error as one line of JSON,
// reports them to Lambda as the error of the function's start, and exits with status 1.
func Worker(registry flow.Registry, middleware ...flow.Middleware) {
	limitMemory(os.LookupEnv)
	handler, err := newWorker(context.Background(), os.LookupEnv, registry, middleware)
	if err != nil {
		refuse(os.Stderr, os.LookupEnv, err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

// newWorker builds the handler, once for each sandbox.
func newWorker(ctx context.Context, lookup func(string) (string, bool), registry flow.Registry, middleware []flow.Middleware) (*WorkerHandler, error) {
	settings, settingsErr := loadSettings(lookup)
	folder := blueprintsFolder(settings.BlueprintsFolder, lookup)
	cfg, awsErr := awsenv.Load(lookup)
	config := settings.engine.Config
	config.Memory = memoryOf(lookup)
	registry, nodesErr := withNodes(registry, settings.LambdaNodes, httpnode.Config{AllowPrivate: settings.HTTPAllowPrivate, MaxBody: config.MaxValue}, lambdanode.NewClient(cfg))
	blueprints, blueprintsErr := loadBlueprints(folder, registry)
	if err := errors.Join(settingsErr, nodesErr, awsErr, blueprintsErr); err != nil {
		// All faults are told in one round.
		files := readableBlueprints(folder)
		config.Blueprints = slices.Collect(maps.Values(files))
		slices.SortFunc(config.Blueprints, func(a, b *flow.Blueprint) int { return cmp.Compare(a.ID, b.ID) })
		_, refused := engine.New(nil, nil, registry, config)
		return nil, errors.Join(err, inFiles(files, refused))
	}
	stack, err := flowaws.New(cfg, settings.names, flowaws.Config{Idle: config.Parallel})
	if err != nil {
		return nil, err
	}
	logger := NewLogger(os.Stdout, settings.LogLevel)
	counted := newMetrics(os.Stdout, settings)

	secrets := secret.NewCache(secretaws.New(cfg), nil)
	middleware = append(slices.Clone(middleware), secret.Middleware(secrets))
	config.Blueprints, config.Middleware, config.Logger, config.Events = blueprints, middleware, logger, counted.Observe
	engine, err := engine.New(stack.Store, stack.Queue, registry, config)
	if err != nil {
		return nil, inFiles(readableBlueprints(folder), err)
	}
	settings.warn(ctx, logger)
	warnOf(ctx, logger, blueprints)
	return NewWorkerHandler(engine, stack.Queue, Config{
		Intake:  Intake{settings.IntakeARN, stack.Queue.Beside(settings.IntakeARN)},
		Reserve: config.Reserve, MaxReceives: config.MaxReceives, Logger: logger, Metrics: counted,
	}), nil
}

// newMetrics returns the collector for CloudWatch, nil if metrics are switched off.
func newMetrics(w io.Writer, settings functionSettings) *metrics.Collector {
	if !settings.Metrics {
		return nil
	}
	name := cmp.Or(settings.FlowName, lambdacontext.FunctionName, "flow")
	return metrics.New(w, name, metrics.Config{ByBlueprint: settings.MetricsBlueprints})
}

// blueprintsFolder returns a folder that is absolute or relative to the function's code.
func blueprintsFolder(folder string, lookup func(string) (string, bool)) string {
	if filepath.IsAbs(folder) {
		return folder
	}
	root, _ := lookup("LAMBDA_TASK_ROOT")
	return filepath.Join(cmp.Or(root, "."), folder)
}

func loadBlueprints(folder string, types flow.NodeTypes) ([]*flow.Blueprint, error) {
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("folder %s cannot be read: package the blueprints with the function, or set FLOW_BLUEPRINTS: %w", folder, err)
	}
	blueprints, err := flow.LoadBlueprints(os.DirFS(folder))
	if err != nil {
		return nil, faultsOfFiles(folder, types, err)
	}
	if len(blueprints) == 0 {
		return nil, fmt.Errorf("folder %s: there is no blueprint (*.json) in it: package the blueprints with the function, or set FLOW_BLUEPRINTS", folder)
	}
	return blueprints, nil
}
