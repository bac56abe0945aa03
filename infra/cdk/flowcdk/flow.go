package flowcdk

import (
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// Flow is a workflow engine with all its resources in an account.
type Flow struct {
	Construct      constructs.Construct // the scope of all resources here
	Queue          awssqs.Queue         // of work; a run is started by a message to it
	DeadLetters    awssqs.Queue         // messages that the worker can never handle
	Tables         Tables
	Worker         awslambda.Function
	Reconciler     awslambda.Function
	Mapping        awslambda.EventSourceMapping // of the queue to the worker
	WorkerLogs     awslogs.LogGroup
	ReconcilerLogs awslogs.LogGroup
	Alarms         []awscloudwatch.Alarm
	Dashboard      awscloudwatch.Dashboard
}

// New makes a workflow engine in scope. All errors of the props are reported
// together, and then nothing is made.
func New(scope constructs.Construct, id string, p Props) (*Flow, error) {
	if err := errors.Join(p.checkCode(), p.Validate()); err != nil {
		return nil, err
	}
	schedules, err := Schedules(p.Blueprints)
	if err != nil {
		return nil, err
	}
	p = p.withDefaults()
	f := &Flow{Construct: constructs.NewConstruct(scope, &id)}
	f.Queue, f.DeadLetters = newQueues(f.Construct, p)
	f.Tables = newTables(f.Construct, p)
	f.newWorker(p)
	f.newReconciler(p)
	f.schedule(p, schedules)
	f.newAlarms(p)
	f.newDashboard(p)
	awscdk.Tags_Of(f.Construct).Add(new("flowcraft:stage"), &p.Stage, nil)
	return f, nil
}

// GrantStart allows grantee to start and cancel runs: to send to the queue.
func (f *Flow) GrantStart(grantee awsiam.IGrantable) {
	grant(grantee, "sqs:SendMessage", f.Queue.QueueArn())
}

// GrantRead allows grantee to read runs with their values, as flowctl inspect does,
// and to list the runs of a blueprint by the index of that name.
func (f *Flow) GrantRead(grantee awsiam.IGrantable) {
	context, status := f.Tables.Context.TableArn(), f.Tables.Status.TableArn()
	grant(grantee, "dynamodb:BatchGetItem", context, status)
	grant(grantee, "dynamodb:Query", context, indexARN(status, tables.ListIndex), indexARN(status, tables.AttentionIndex))
}

func grant(grantee awsiam.IGrantable, action string, resources ...*string) {
	awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
		Grantee: grantee, Actions: &[]*string{&action}, ResourceArns: &resources,
	})
}
