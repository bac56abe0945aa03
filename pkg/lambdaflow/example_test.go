package lambdaflow_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// The main function of a worker with its settings in the environment is one call.
func ExampleWorker() {
	price := func(_ context.Context, qty int) (int, error) { return 40 * qty, nil }
	lambdaflow.Worker(flow.Registry{"price": flow.Func(price)})
}

// A function with other tasks, or with its own settings, embeds the worker's handler
// in its own.
func ExampleNewWorkerHandler() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	stack, err := flowaws.New(cfg, flowaws.Names{
		QueueURL: os.Getenv("QUEUE"), ContextTable: "context", StatusTable: "status", CoordinationTable: "coordination",
	}, flowaws.Config{})
	if err != nil {
		log.Fatal(err)
	}
	logger := lambdaflow.NewLogger(os.Stdout, slog.LevelInfo)
	blueprints, err := flow.LoadBlueprints(os.DirFS("blueprints"))
	if err != nil {
		log.Fatal(err)
	}
	worker, err := engine.New(stack.Store, stack.Queue, nil, engine.Config{Blueprints: blueprints, Logger: logger})
	if err != nil {
		log.Fatal(err)
	}
	messages := lambdaflow.NewWorkerHandler(worker, stack.Queue, lambdaflow.Config{Logger: logger})

	lambda.StartWithOptions(func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		logger.InfoContext(ctx, "batch", "records", len(event.Records))
		return messages.Handle(ctx, event)
	}, lambda.WithEnableSIGTERM())
}

// The answer names the messages that come back; the others are done.
func ExampleWorkerHandler_Handle() {
	messages := lambdaflow.NewWorkerHandler(picky{}, keeps{}, lambdaflow.Config{})
	response, err := messages.Handle(context.Background(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "m-1", Body: "good"}, {MessageId: "m-2", Body: "bad"},
	}})
	fmt.Println(response.BatchItemFailures, err)
	// Output: [{m-2}] <nil>
}

// picky handles messages instead of an engine.
type picky struct{}

func (picky) Handle(_ context.Context, m state.Message) error {
	if m.Body == "bad" {
		return &flow.RejectError{Reason: "no such blueprint"}
	}
	return nil
}

// keeps is a queue that accepts returned messages.
type keeps struct{}

func (keeps) Return(context.Context, ...sqsqueue.Return) error { return nil }
func (keeps) Delete(context.Context, ...string) error          { return nil }
