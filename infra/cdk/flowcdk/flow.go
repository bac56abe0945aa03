package flowcdk

import (
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/constructs-go/constructs/v10"
)

// Flow is a workflow engine with all its resources in an account. Its State is made
// with it, unless [Props.State] gives one.
type Flow struct {
	*State
	Construct      constructs.Construct // the scope of all resources here
	Worker         awslambda.Function
	WorkerRole     awsiam.Role
	Alias          awslambda.Alias                     // nil without [Props.Alias]
	Canary         awscodedeploy.LambdaDeploymentGroup // nil without one
	Mapping        awslambda.EventSourceMapping        // of the queue to the worker, or to its alias
	IntakeMapping  awslambda.EventSourceMapping        // the same of the intake queue; nil without it
	Reconciler     awslambda.Function
	ReconcilerRole awsiam.Role
	Tick           awsscheduler.CfnSchedule            // invokes the reconciler
	Schedules      map[string]awsscheduler.CfnSchedule // start runs, by blueprint
	WorkerLogs     awslogs.ILogGroup
	ReconcilerLogs awslogs.ILogGroup
	Alarms         []awscloudwatch.Alarm   // none with [Props.Alarms] off
	Dashboard      awscloudwatch.Dashboard // nil with [Props.Dashboard] off
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
	f := &Flow{Construct: constructs.NewConstruct(scope, &id), State: p.State}
	if f.State == nil {
		f.State = makeState(f.Construct, p)
	}
	f.newLogGroups(p)
	f.newWorker(p)
	f.newReconciler(p)
	f.schedule(p, schedules)
	f.newAlarms(p)
	f.newCanary(p)
	f.newDashboard(p)
	awscdk.Tags_Of(f.Construct).Add(new("flowcraft:stage"), &p.Stage, nil)
	return f, nil
}
