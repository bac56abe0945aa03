package main

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
)

// newStack makes the stack of one stage. Several stages can be in one account: the
// only fixed names are the stack's own and those derived from it.
func newStack(app awscdk.App, d deployment) (awscdk.Stack, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	name := "flowcraft-" + cmp.Or(d.Stage, "dev")
	stack := awscdk.NewStack(app, &name, &awscdk.StackProps{
		Description:           new("Workflows on Lambda, SQS and DynamoDB"),
		TerminationProtection: &d.Protect,
	})
	if d.AlarmTopicARN != "" {
		d.AlarmTopic = awssns.Topic_FromTopicArn(stack, new("AlarmTopic"), &d.AlarmTopicARN)
	}
	if d.Provisioned > 0 || d.Canary != "" {
		d.Alias = &flowcdk.Alias{Provisioned: d.Provisioned}
	}
	if d.Canary != "" {
		d.Alias.Canary = awscodedeploy.LambdaDeploymentConfig_FromLambdaDeploymentConfigName(stack, new("CanaryConfig"), new("CodeDeployDefault."+d.Canary))
	}
	flows, err := flowcdk.New(stack, "Flow", d.Props)
	if err != nil {
		return nil, err
	}
	output(stack, flows, d)
	return stack, nil
}

// output says how to reach the deployed resources.
func output(stack awscdk.Stack, flows *flowcdk.Flow, d deployment) {
	entrance := flows.Queue
	if flows.Intake != nil {
		entrance = flows.Intake
	}
	outputs := []struct{ name, description, value string }{
		{"QueueUrl", "Send messages here", *flows.Queue.QueueUrl()},
		{"DeadLetterQueueUrl", "Messages that could never be handled", *flows.DeadLetters.QueueUrl()},
		{"ContextTable", "Inputs, context keys, node records", *flows.Tables.Context.TableName()},
		{"StatusTable", "Runs", *flows.Tables.Status.TableName()},
		{"CoordinationTable", "Joins, timers, locks", *flows.Tables.Coordination.TableName()},
		{"WorkerFunction", "Executes nodes", *flows.Worker.FunctionName()},
		{"ReconcilerFunction", "Rescues stalled runs", *flows.Reconciler.FunctionName()},
		{"WorkerLogs", "Log group of the worker", *flows.WorkerLogs.LogGroupName()},
		{"ReconcilerLogs", "Log group of the reconciler", *flows.ReconcilerLogs.LogGroupName()},
		{"StartCommand", "Starts a run", "aws sqs send-message --queue-url " + *entrance.QueueUrl() + " --message-body " + quote(startMessage(d))},
		{"LogsCommand", "Follows the worker's log", "aws logs tail " + *flows.WorkerLogs.LogGroupName() + " --follow"},
	}
	type further = struct{ name, description, value string }
	if flows.Dashboard != nil {
		outputs = append(outputs, further{"DashboardName", "In CloudWatch", *flows.Dashboard.DashboardName()})
	}
	if flows.Intake != nil {
		outputs = append(outputs,
			further{"IntakeUrl", "Send starts, cancels and answers here", *flows.Intake.QueueUrl()},
			further{"IntakeDeadLetterQueueUrl", "Messages to the intake that could never be handled", *flows.IntakeDeadLetters.QueueUrl()})
	}
	for _, out := range outputs {
		awscdk.NewCfnOutput(stack, &out.name, &awscdk.CfnOutputProps{Description: &out.description, Value: &out.value})
	}
}

// startMessage is a start message of the first blueprint.
func startMessage(d deployment) string {
	message := struct {
		Type        string   `json:"type"`
		BlueprintID string   `json:"blueprintId"`
		Input       struct{} `json:"input"`
	}{Type: "start", BlueprintID: d.Blueprints[0].ID}
	text, _ := json.Marshal(message) // texts always encode
	return string(text)
}

// quote quotes a text for a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
