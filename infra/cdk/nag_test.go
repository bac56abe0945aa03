package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// findings returns the findings of AWS's list of good practice, AwsSolutions.
func findings(t *testing.T, stackOf func(awscdk.App) awscdk.Stack) (found []string) {
	t.Helper()
	// With it a finding would end the synthesis before it can be listed.
	app := newApp(t, map[string]any{"@aws-cdk/core:annotationsInValidationReport": false})
	stack := stackOf(app)
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: new(true)}), nil)
	annotations := assertions.Annotations_FromStack(stack)
	any := assertions.Match_StringLikeRegexp(new("AwsSolutions-.*"))
	for _, message := range append(*annotations.FindError(new("*"), any), *annotations.FindWarning(new("*"), any)...) {
		found = append(found, texted(message))
	}
	return found
}

// There are none, and none is suppressed.
func TestNoFindings(t *testing.T) {
	found := findings(t, func(app awscdk.App) awscdk.Stack {
		s := settingsOf(t, map[string]any{"stage": "prod", "alarmTopicArn": "arn:aws:sns:eu-central-1:123456789012:on-call"})
		s.LambdaFunctions = []string{"charge:$LATEST"}
		s.Blueprints = []*flow.Blueprint{invoking("pay", `{"function":"charge"}`, `{"functionExpression":"input","functions":["charge"]}`), {ID: "report", Nodes: s.Blueprints[0].Nodes, Metadata: []byte(`{"schedule":{"expression":"rate(1 day)"}}`)}}
		stack, err := newStack(app, s)
		if err != nil {
			t.Fatal(err)
		}
		return stack
	})
	for _, finding := range found {
		t.Error(finding)
	}
}

// explained are the findings that stay, by the resource and the rule, with their reasons.
var explained = map[string]string{
	"/flowcraft-dev/Flow/WorkerRole/":     "AwsSolutions-IAM5[Resource::*]",     // Lambda's network interfaces: they are made after the policy, and have no names to grant
	"/flowcraft-dev/Flow/ReconcilerRole/": "AwsSolutions-IAM5[Resource::*]",     // the same
	"/flowcraft-dev/Flow/Canary":          "AWSCodeDeployRoleForLambdaLimited]", // the role of the CDK's own deployment group
}

// Nor are there any but the explained ones in the surroundings of a company: its network, key, senders, intake
// queue, alias with a canary, topic, secrets and functions.
func TestNoFindingsWithEveryProperty(t *testing.T) {
	found := findings(t, func(app awscdk.App) awscdk.Stack {
		stack, props := furnishedIn(t, app)
		props.Retain, props.Dashboard, props.Alarms, props.Schedules = true, "on", "on", "on"
		props.AlarmTopic = awssns.Topic_FromTopicArn(stack, new("OnCall"), new("arn:aws:sns:eu-west-1:123456789012:on-call"))
		props.Secrets, props.LambdaFunctions = []string{"shop/api-key", "ssm:/shop/key"}, []string{"charge:live"}
		props.LambdaNodes = map[string]string{"classifyTicket": "classify:live"}
		flows, err := flowcdk.New(stack, "Flow", props)
		if err != nil {
			t.Fatal(err)
		}
		role := awsiam.NewRole(stack, new("Operator"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})
		flows.GrantStart(role)
		flows.GrantRead(role)
		flows.GrantInspect(role)
		flows.GrantOperate(role)
		return stack
	})
	for place, rule := range explained {
		among := len(found)
		found = slices.DeleteFunc(found, func(finding string) bool { return strings.Contains(finding, place) && strings.Contains(finding, rule) })
		if len(found) != among-1 {
			t.Errorf("%s has %d findings of %s, want the one that is explained", place, among-len(found), rule)
		}
	}
	for _, finding := range found {
		t.Error(finding)
	}
}

// The list is older than this CDK: it must still find the problems it is meant for.
func TestFindingsAreFound(t *testing.T) {
	found := strings.Join(findings(t, func(app awscdk.App) awscdk.Stack {
		stack := awscdk.NewStack(app, new("bare"), nil)
		queue := awssqs.NewQueue(stack, new("Queue"), nil)
		role := awsiam.NewRole(stack, new("Role"), &awsiam.RoleProps{AssumedBy: awsiam.NewServicePrincipal(new("lambda.amazonaws.com"), nil)})
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: &[]*string{new("sqs:*")}, Resources: &[]*string{queue.QueueArn()},
		}))
		return stack
	}), "\n")
	for _, rule := range []string{"AwsSolutions-SQS3", "AwsSolutions-SQS4", "AwsSolutions-IAM5"} {
		if !strings.Contains(found, rule) {
			t.Errorf("%s does not find anything any more:\n%s", rule, found)
		}
	}
}

// Every synthesis is validated offline against CloudFormation's rules, and a
// violation ends it: the other tests of this package rely on that.
func TestSynthesisIsValidated(t *testing.T) {
	defer func() {
		if failure := fmt.Sprint(recover()); !strings.Contains(failure, "ValidationFailed") {
			t.Errorf("a visibility timeout of 13 h gave %q, want a failed validation", failure)
		}
	}()
	stack := awscdk.NewStack(newApp(t, nil), new("bare"), nil)
	awssqs.NewCfnQueue(stack, new("Queue"), &awssqs.CfnQueueProps{VisibilityTimeout: new(float64(13 * 60 * 60))})
	read(t, stack)
}
