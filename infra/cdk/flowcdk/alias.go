package flowcdk

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	interfaces "github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
)

// Alias points to a version of the worker. Each deployment that changes the worker
// publishes one; the versions before it stay.
type Alias struct {
	// Name defaults to "live". A changed name makes another alias.
	Name string
	// Provisioned is the number of sandboxes that are kept ready, which costs all the
	// time; at most ReservedConcurrency, if that is set. Defaults to none.
	Provisioned int
	// Canary shifts the messages to a new version in steps, and back to the former one
	// when an alarm rings: on a worker that fails, on messages that come back or become
	// dead letters, or on failed runs. One of CodeDeploy's configurations for Lambda, such as
	// LambdaDeploymentConfig_CANARY_10PERCENT_15MINUTES; by default all is shifted at
	// once. An alarm that rings already ends a deployment before it shifts anything.
	Canary awscodedeploy.ILambdaDeploymentConfig
}

var (
	aliasPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	digits       = regexp.MustCompile(`^[0-9]+$`)
)

func (a *Alias) name() string { return cmp.Or(a.Name, "live") }

func (a *Alias) check(p Props) (errs []error) {
	if a == nil {
		return nil
	}
	if !aliasPattern.MatchString(a.name()) || digits.MatchString(a.name()) {
		errs = append(errs, fmt.Errorf("alias %q: must be 1 to 128 letters, digits, - and _, and no number", a.Name))
	}
	if a.Provisioned < 0 || p.ReservedConcurrency > 0 && a.Provisioned > p.ReservedConcurrency {
		errs = append(errs, fmt.Errorf("alias: provisioned %d: must be 0 to the reserved concurrency of %d", a.Provisioned, p.ReservedConcurrency))
	}
	if a.Canary != nil && p.Alarms == off {
		errs = append(errs, errors.New("alias: a canary needs alarms that end it, but they are off"))
	}
	return errs
}

// newAlias returns the function that the mappings invoke: the worker, or its alias.
func (f *Flow) newAlias(p Props) awslambda.IFunction {
	if p.Alias == nil {
		return f.Worker
	}
	props := &awslambda.AliasProps{
		AliasName: new(p.Alias.name()), Version: f.Worker.CurrentVersion(), Description: new("The version that executes nodes"),
	}
	if p.Alias.Provisioned > 0 {
		props.ProvisionedConcurrentExecutions = new(float64(p.Alias.Provisioned))
	}
	f.Alias = awslambda.NewAlias(f.Construct, new("Alias"), props)
	return f.Alias
}

// guards are the alarms that a new version of the worker may cause.
var guards = []string{"WorkerDownAlarm", "WorkerErrorsAlarm", "MessagesReturnedAlarm", "DeadLettersAlarm", "RunsFailedAlarm"}

// newCanary has CodeDeploy shift the messages, and shift them back when a guard rings.
func (f *Flow) newCanary(p Props) {
	if p.Alias == nil || p.Alias.Canary == nil {
		return
	}
	alarms := make([]interfaces.IAlarmRef, len(guards))
	for i, id := range guards {
		alarms[i] = f.Construct.Node().FindChild(&id).(interfaces.IAlarmRef)
	}
	f.Canary = awscodedeploy.NewLambdaDeploymentGroup(f.Construct, new("Canary"), &awscodedeploy.LambdaDeploymentGroupProps{
		Alias: f.Alias, DeploymentConfig: p.Alias.Canary, Alarms: &alarms,
		AutoRollback: &awscodedeploy.AutoRollbackConfig{DeploymentInAlarm: new(true), FailedDeployment: new(true), StoppedDeployment: new(true)},
	})
}
