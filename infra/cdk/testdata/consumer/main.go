// Command every is a CDK app outside of the repository that sets every property of
// the construct: queues and tables in one stack, the functions in another, and a
// second engine on existing resources.
package main

import (
	"log"
	"net/netip"
	"os"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func main() {
	defer jsii.Close()
	blueprints, err := flow.LoadBlueprints(os.DirFS("blueprints"))
	if err != nil {
		log.Fatal(err)
	}
	app := awscdk.NewApp(nil)
	split(app, blueprints)
	restored(app, blueprints)
	app.Synth(nil)
}

// common are the properties of both engines.
func common(blueprints []*flow.Blueprint) flowcdk.Props {
	return flowcdk.Props{
		Worker:              awslambda.Code_FromAsset(new("code"), nil),
		Reconciler:          awslambda.Code_FromAsset(new("code"), nil),
		Blueprints:          blueprints,
		Stage:               "test",
		Retain:              true,
		Timeout:             2 * time.Minute,
		NodeTimeout:         time.Minute,
		Reserve:             5 * time.Second,
		StalledAfter:        10 * time.Minute,
		Tick:                2 * time.Minute,
		MaxRun:              24 * time.Hour,
		MissingCode:         time.Hour,
		MissingBlueprint:    30 * time.Minute,
		Retention:           30 * 24 * time.Hour,
		Visibility:          15 * time.Minute,
		MaxReceives:         6,
		BatchSize:           20,
		BatchWindow:         time.Second,
		MaxConcurrency:      10,
		ReservedConcurrency: 40,
		Memory:              512,
		ReconcilerMemory:    512,
		LambdaFunctions:     []string{"charge:live"},
		LambdaNodes:         map[string]string{"classifyTicket": "classify:live"},
		Secrets:             []string{"shop/api-key", "ssm:/shop/key"},
		HTTPAllowPrivate:    []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		MaxStarts:           3,
		MaxHops:             1000,
		MaxValue:            1_000_000,
		MaxInput:            20_000_000,
		Parallel:            16,
		Strands:             8,
		Spread:              100 * time.Millisecond,
		RescueLimit:         100,
		MetricsBlueprints:   "on",
		LogLevel:            "WARN",
		LogRetention:        7 * 24 * time.Hour,
		Dashboard:           "on",
		Alarms:              "on",
		Schedules:           "off",
		OldestMessage:       time.Hour,
		FailedRuns:          10,
		Environment:         map[string]string{"SHOP_URL": "https://shop.example.com", "AWS_USE_FIPS_ENDPOINT": "true"},
	}
}

// split has queues and tables in one stack and functions in another.
func split(app awscdk.App, blueprints []*flow.Blueprint) {
	data, functions := awscdk.NewStack(app, new("orders-data"), nil), awscdk.NewStack(app, new("orders"), nil)
	props := common(blueprints)
	props.Intake = true
	props.Senders = []string{"210987654321", "arn:aws:iam::345678901234:role/shop"}
	props.EncryptionKey = awskms.NewKey(data, new("Key"), &awskms.KeyProps{EnableKeyRotation: new(true)})
	state, err := flowcdk.NewState(data, "Flow", props)
	if err != nil {
		log.Fatal(err)
	}
	props.State = state
	props.Vpc = awsec2.NewVpc(functions, new("Vpc"), &awsec2.VpcProps{MaxAzs: new(2.0), NatGateways: new(1.0)})
	props.Subnets = &awsec2.SubnetSelection{SubnetType: awsec2.SubnetType_PRIVATE_WITH_EGRESS}
	props.SecurityGroups = []awsec2.ISecurityGroup{awsec2.NewSecurityGroup(functions, new("Group"), &awsec2.SecurityGroupProps{Vpc: props.Vpc})}
	props.Alias = &flowcdk.Alias{Name: "blue", Provisioned: 2, Canary: awscodedeploy.LambdaDeploymentConfig_LINEAR_10PERCENT_EVERY_1MINUTE()}
	props.AlarmTopic = awssns.NewTopic(functions, new("OnCall"), nil)
	flows, err := flowcdk.New(functions, "Flow", props)
	if err != nil {
		log.Fatal(err)
	}
	role := awsiam.NewRole(functions, new("Shop"), &awsiam.RoleProps{AssumedBy: awsiam.NewServicePrincipal(new("ecs-tasks.amazonaws.com"), nil)})
	for _, grant := range []func(awsiam.IGrantable){flows.GrantStart, flows.GrantRead, flows.GrantInspect, flows.GrantOperate} {
		grant(role)
	}
	for name, value := range map[string]*string{
		"Mapping": flows.Mapping.EventSourceMappingId(), "IntakeMapping": flows.IntakeMapping.EventSourceMappingId(),
		"WorkerRole": flows.WorkerRole.RoleArn(), "ReconcilerRole": flows.ReconcilerRole.RoleArn(),
		"Tick": flows.Tick.AttrArn(), "Schedule": flows.Schedules["order"].AttrArn(), "Alias": flows.Alias.FunctionArn(),
	} {
		awscdk.NewCfnOutput(functions, &name, &awscdk.CfnOutputProps{Value: value})
	}
}

// restored has an engine on tables, queues and log groups that exist.
func restored(app awscdk.App, blueprints []*flow.Blueprint) {
	stack := awscdk.NewStack(app, new("orders-restored"), nil)
	table := func(id string) awsdynamodb.ITable {
		return awsdynamodb.Table_FromTableName(stack, &id, new("restored-"+id))
	}
	queue := func(id string) awssqs.IQueue {
		return awssqs.Queue_FromQueueArn(stack, &id, new("arn:aws:sqs:eu-west-1:123456789012:"+id))
	}
	props := common(blueprints)
	props.Tables = flowcdk.Tables{Context: table("context"), Status: table("status"), Coordination: table("coordination")}
	props.Queue, props.DeadLetters = queue("jobs"), queue("dead")
	props.LogGroups = flowcdk.LogGroups{
		Worker:     awslogs.LogGroup_FromLogGroupName(stack, new("WorkerLogs"), new("worker")),
		Reconciler: awslogs.LogGroup_FromLogGroupName(stack, new("ReconcilerLogs"), new("reconciler")),
	}
	if _, err := flowcdk.New(stack, "Flow", props); err != nil {
		log.Fatal(err)
	}
}
