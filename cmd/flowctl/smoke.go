package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/smoke"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// smokeCmd tests a deployment.
type smokeCmd struct {
	Stack   string        `placeholder:"NAME" help:"The stack in CloudFormation, like flowcraft-dev: its outputs name all that is needed." xor:"of" required:""`
	Dev     string        `placeholder:"FILE" help:"The output of a flowctl dev that runs, in place of a stack." xor:"of" required:"" type:"existingfile"`
	Message string        `placeholder:"JSON" help:"A message that starts a run which completes. Default: the one of docs/running.md."`
	Timeout time.Duration `default:"10m" help:"How long to wait."`
	Region  string        `help:"The AWS region."`
}

func (*smokeCmd) Help() string {
	return `Sends a start message and follows its run by the log lines to its end; has a run make more hops from the
worker through the queue to the worker than Lambda lets pass by default; sends garbage, which must come to
the dead-letter queue, and removes it from there; and waits for a tick of the reconciler. It prints a line
for each, and exits with 0 only if all is well.

The hops need the blueprint "smoke" (blueprints/smoke.json) in the deployment. Two finished runs stay behind.`
}

// logSlack is the limit of the difference between the clocks of this machine and of
// AWS.
const logSlack = 5 * time.Minute

// Run executes the command.
func (c *smokeCmd) Run(ctx context.Context, out *output) error {
	of := c.stack
	if c.Dev != "" {
		of = c.dev
	}
	target, err := of(ctx)
	if err != nil {
		return err
	}
	target.Start, target.Patience, target.Output = smoke.Start, c.Timeout, out.stdout
	if c.Message != "" {
		target.Start = c.Message
	}
	return smoke.Run(ctx, target)
}

// dev finds a local stack by the first line of its output.
func (c *smokeCmd) dev(context.Context) (smoke.Config, error) {
	data, err := os.ReadFile(c.Dev)
	if err != nil {
		return smoke.Config{}, err
	}
	var info localstack.Info
	first, _, _ := bytes.Cut(data, []byte{'\n'})
	if err := json.Unmarshal(first, &info); err != nil || info.QueueURL == "" {
		return smoke.Config{}, usageError{fmt.Errorf("the first line of %s does not describe a local stack: give the file with the output of flowctl dev", c.Dev)}
	}
	stack, err := info.Connect()
	return smoke.Config{
		Stack: stack, QueueURL: info.QueueURL, DeadLetterQueueURL: info.DLQURL,
		Logs: smoke.File(c.Dev), Every: 200 * time.Millisecond,
	}, err
}

// stack finds a deployment by the outputs of its stack.
func (c *smokeCmd) stack(ctx context.Context) (smoke.Config, error) {
	cfg, err := Endpoints{Region: c.Region}.load(ctx)
	if err != nil {
		return smoke.Config{}, err
	}
	outputs, err := readOutputs(ctx, cfg, c.Stack)
	if err != nil {
		return smoke.Config{}, err
	}
	stack, err := flowaws.New(cfg, flowaws.Names{
		QueueURL: outputs["QueueUrl"], ContextTable: outputs["ContextTable"], StatusTable: outputs["StatusTable"], CoordinationTable: outputs["CoordinationTable"],
	}, flowaws.Config{})
	return smoke.Config{
		Stack: stack, QueueURL: outputs["QueueUrl"], DeadLetterQueueURL: outputs["DeadLetterQueueUrl"],
		Logs: smoke.CloudWatch{
			Client: cloudwatchlogs.NewFromConfig(cfg), Groups: []string{outputs["WorkerLogs"], outputs["ReconcilerLogs"]}, Since: time.Now().Add(-logSlack),
		},
		Every: 3 * time.Second,
	}, err
}

// readOutputs returns the outputs of a stack, all of which must be present.
func readOutputs(ctx context.Context, cfg aws.Config, stack string) (map[string]string, error) {
	found, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &stack})
	if err != nil {
		return nil, fmt.Errorf("read the outputs of stack %s in %s: %w", stack, cfg.Region, err)
	}
	outputs := map[string]string{}
	for _, output := range found.Stacks[0].Outputs {
		outputs[*output.OutputKey] = *output.OutputValue
	}
	var errs []error
	for _, name := range []string{"QueueUrl", "DeadLetterQueueUrl", "ContextTable", "StatusTable", "CoordinationTable", "WorkerLogs", "ReconcilerLogs"} {
		if outputs[name] == "" {
			errs = append(errs, fmt.Errorf("stack %s has no output %s: deploy it with this version, or give your own stack the outputs of infra/cdk/stack.go", stack, name))
		}
	}
	return outputs, errors.Join(errs...)
}
