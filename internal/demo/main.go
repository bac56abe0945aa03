// Command demo runs the example workflow on a local stack: the built worker
// binary behind the Lambda Runtime API, SQS and DynamoDB over their wire
// protocols. It exits with 0 only if the run completed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/display"
	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

const (
	runID = "demo-1"
	start = `{"type":"start","blueprintId":"order","runId":"` + runID + `","input":{"orderId":"A-17","customer":"ada@example.com","items":[{"sku":"lamp","quantity":3,"unitPrice":40}]}}`
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := demo(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		cancel()
		os.Exit(1)
	}
}

func demo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	stack, err := localstack.Start(ctx, localstack.Config{Worker: "build/worker/bootstrap", Output: os.Stdout})
	if err != nil {
		return err
	}
	defer stack.Stop()

	parts, err := stack.Info.Connect()
	if err != nil {
		return err
	}
	fmt.Printf("\n> %s\n\n", start)
	if _, err := parts.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &stack.Info.QueueURL, MessageBody: new(start)}); err != nil {
		return fmt.Errorf("send the start message: %w", err)
	}
	report, err := wait(ctx, parts)
	if err != nil {
		return err
	}
	stack.Stop()
	fmt.Println()
	if err := display.Report(os.Stdout, report); err != nil {
		return err
	}
	if report.Status != flow.Completed {
		return fmt.Errorf("the run has %s", report.Status)
	}
	return nil
}

// wait polls the run until it has ended.
func wait(ctx context.Context, stack *flowaws.Stack) (*flow.Report, error) {
	poll := time.NewTicker(200 * time.Millisecond)
	defer poll.Stop()
	for {
		run, err := stack.Store.Run(ctx, runID)
		if err == nil && run.Status.Terminal() {
			return stack.Client().Report(ctx, runID)
		}
		if err != nil && !errors.Is(err, flow.ErrNotFound) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("run %s has not ended: %w", runID, context.Cause(ctx))
		case <-poll.C:
		}
	}
}
