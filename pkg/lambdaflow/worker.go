package lambdaflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// Worker is the whole main function of a worker: it reads the environment and
// the blueprints, and handles batches of messages with the nodes' code in
// registry, wrapped in middleware (the first is outermost). The nodes http and
// lambda are there too, unless registry has code of these names. It does not return.
// Where the settings or the blueprints are at fault, it writes every fault to
// standard error as one line of JSON and exits with status 1.
func Worker(registry flow.Registry, middleware ...flow.Middleware) {
	limitMemory(os.LookupEnv)
	handler, err := newWorker(context.Background(), os.LookupEnv, registry, middleware)
	if err != nil {
		refuse(os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

// newWorker builds what lives as long as the sandbox.
func newWorker(ctx context.Context, lookup func(string) (string, bool), registry flow.Registry, middleware []flow.Middleware) (*WorkerHandler, error) {
	settings, settingsErr := loadSettings(lookup)
	blueprints, blueprintsErr := loadBlueprints(settings.BlueprintsFolder, lookup)
	cfg, awsErr := loadAWS(ctx)
	config := settings.engine.Config
	registry = withNodes(registry, httpnode.Config{AllowPrivate: settings.HTTPAllowPrivate, MaxBody: config.MaxValue}, lambdanode.NewClient(cfg))
	if err := errors.Join(settingsErr, awsErr, blueprintsErr); err != nil {
		for _, b := range blueprints { // engine.New does this too, but cannot be reached
			err = errors.Join(err, flow.Validate(b, registry))
		}
		return nil, err
	}
	stack, err := flowaws.New(cfg, settings.names, flowaws.Config{Idle: config.Parallel})
	if err != nil {
		return nil, err
	}
	logger := NewLogger(os.Stdout, settings.LogLevel)
	counted := newMetrics(os.Stdout, settings)

	config.Blueprints, config.Middleware, config.Logger, config.Events = blueprints, middleware, logger, counted.Observe
	engine, err := engine.New(stack.Store, stack.Queue, registry, config)
	if err != nil {
		return nil, err
	}
	settings.warn(ctx, logger)
	return NewWorkerHandler(engine, stack.Queue, Config{
		Reserve: config.Reserve, MaxReceives: config.MaxReceives, Logger: logger, Metrics: counted,
	}), nil
}

// newMetrics returns what counts for CloudWatch; nil where that is switched off.
func newMetrics(w io.Writer, settings functionSettings) *metrics.Collector {
	if !settings.Metrics {
		return nil
	}
	return metrics.New(w, cmp.Or(settings.FlowName, lambdacontext.FunctionName, "flow"), time.Now)
}

func loadAWS(ctx context.Context) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return cfg, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return cfg, errors.New("AWS_REGION is not set")
	}
	return cfg, nil
}

// loadBlueprints reads a folder that is absolute or relative to the function's code.
func loadBlueprints(folder string, lookup func(string) (string, bool)) ([]*flow.Blueprint, error) {
	if !filepath.IsAbs(folder) {
		root, _ := lookup("LAMBDA_TASK_ROOT")
		folder = filepath.Join(cmp.Or(root, "."), folder)
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("folder %s cannot be read: package the blueprints with the function, or set FLOW_BLUEPRINTS: %w", folder, err)
	}
	blueprints, err := flow.LoadBlueprints(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", folder, err)
	}
	if len(blueprints) == 0 {
		return nil, fmt.Errorf("folder %s: there is no blueprint (*.json) in it: package the blueprints with the function, or set FLOW_BLUEPRINTS", folder)
	}
	return blueprints, nil
}
