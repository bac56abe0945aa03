package lambdaflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/flowcraft-go/flowcraft/internal/awsenv"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

// Reconciler is the complete main function of a reconciler, which a schedule invokes:
// it reads the environment, and each invocation is one tick. It does not return. With
// faulty settings it writes every fault to standard error as one line of JSON, reports
// them to Lambda as the error of the function's start, and exits with status 1.
func Reconciler() {
	limitMemory(os.LookupEnv)
	handler, err := newReconciler(context.Background(), os.LookupEnv)
	if err != nil {
		refuse(os.Stderr, os.LookupEnv, err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

// newReconciler builds the handler, once for each sandbox.
func newReconciler(ctx context.Context, lookup func(string) (string, bool)) (*ReconcilerHandler, error) {
	settings, settingsErr := loadSettings(lookup)
	settings.engine.Memory = memoryOf(lookup)
	cfg, awsErr := awsenv.Load(lookup)
	if err := errors.Join(settingsErr, awsErr); err != nil {
		_, refused := engine.NewReconciler(nil, nil, nil, settings.engine) // all faults are told in one round
		return nil, errors.Join(err, refused)
	}
	stack, err := flowaws.New(cfg, settings.names, flowaws.Config{})
	if err != nil {
		return nil, err
	}
	logger := NewLogger(os.Stdout, settings.LogLevel)
	counted := newMetrics(os.Stdout, settings)
	config := settings.engine
	config.Logger, config.Events = logger, counted.Observe
	reconciler, err := engine.NewReconciler(stack.Store, stack.Locks, stack.Queue, config)
	if err != nil {
		return nil, err
	}
	settings.warn(ctx, logger)
	return NewReconcilerHandler(reconciler, counted), nil
}

// Ticker processes all runs once, as [engine.Reconciler] does.
type Ticker interface {
	Tick(ctx context.Context) (engine.Stats, error)
}

// ReconcilerHandler handles the events of a schedule.
type ReconcilerHandler struct {
	ticker  Ticker
	metrics *metrics.Collector
}

// String describes the handler.
func (h *ReconcilerHandler) String() string { return "a reconciler's handler" }

// NewReconcilerHandler returns the handler of scheduled events over ticker. The
// metrics, which observe the reconciler's events, are flushed after each tick;
// nil means no metrics.
func NewReconcilerHandler(ticker Ticker, m *metrics.Collector) *ReconcilerHandler {
	return &ReconcilerHandler{ticker, m}
}

// Handle makes one tick for any event, and answers with its statistics. Its error is
// that of the tick; the schedule may repeat it. An event that is clearly meant for another
// function, such as the messages of a queue, is an error, and makes no tick.
func (h *ReconcilerHandler) Handle(ctx context.Context, event json.RawMessage) (stats engine.Stats, err error) {
	if err := checkTick(event); err != nil {
		return stats, err
	}
	defer func() {
		if value := recover(); value != nil { // the sandbox goes on
			err = fmt.Errorf("tick: panic: %v\n%s", value, debug.Stack())
		}
		h.metrics.Tick(stats)
		h.metrics.Flush(requestID(ctx))
	}()
	return h.ticker.Tick(ctx)
}
