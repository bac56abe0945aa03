package flowcdk

import (
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

const lambdaService = "lambda.amazonaws.com"

// reconcilerMemory, in MB, is enough for the tasks of one run: the reconciler reads
// runs one after the other, and the outputs of one run's ends.
const reconcilerMemory = 256

// memoryOfReconciler returns the reconciler's memory: it must not find a result too
// large that the worker can hold.
func (p Props) memoryOfReconciler() int {
	if p.ReconcilerMemory > 0 {
		return p.ReconcilerMemory
	}
	if p.MaxInput > reconcilerMemory<<20/4 {
		return max(reconcilerMemory, p.Memory)
	}
	return reconcilerMemory
}

func (f *Flow) newWorker(p Props) {
	invoke, managed := f.invokeAccess(p)
	f.WorkerRole = newRole(f.Construct, "WorkerRole", lambdaService, "The worker's: its queue, its tables, its log, its nodes' functions",
		slices.Concat(f.workerAccess(p), secretAccess(f.Construct, p), invoke), managed...)
	props := f.functionProps(p, f.WorkerRole, f.WorkerLogs)
	props.Description = new("Executes the nodes of workflows")
	props.Code = p.Worker
	props.MemorySize = new(float64(p.Memory))
	// A run is a chain of worker, queue, worker, …, which Lambda considers a
	// mistake by default, and cuts after about 16. Hops have a limit of our own.
	props.RecursiveLoop = awslambda.RecursiveLoop_ALLOW
	if p.ReservedConcurrency > 0 {
		props.ReservedConcurrentExecutions = new(float64(p.ReservedConcurrency))
	}
	if p.Alias != nil { // a version that an alias can return to stays
		props.CurrentVersionOptions = &awslambda.VersionOptions{RemovalPolicy: awscdk.RemovalPolicy_RETAIN}
	}
	f.Worker = awslambda.NewFunction(f.Construct, new("Worker"), props)
	target := f.newAlias(p)
	f.Mapping = f.newMapping("Mapping", f.Queue, target, p)
	if f.Intake != nil {
		f.IntakeMapping = f.newMapping("IntakeMapping", f.Intake, target, p)
	}
}

// newMapping has Lambda invoke the worker with the messages of a queue.
func (f *Flow) newMapping(id string, queue awssqs.IQueue, target awslambda.IFunction, p Props) awslambda.EventSourceMapping {
	return awslambda.NewEventSourceMapping(f.Construct, &id, &awslambda.EventSourceMappingProps{
		Target:                  target,
		EventSourceArn:          queue.QueueArn(),
		BatchSize:               new(float64(p.BatchSize)),
		MaxBatchingWindow:       seconds(p.BatchWindow),
		MaxConcurrency:          new(float64(p.MaxConcurrency)),
		ReportBatchItemFailures: new(true),
		MetricsConfig:           &awslambda.MetricsConfig{Metrics: &[]awslambda.MetricType{awslambda.MetricType_EVENT_COUNT}},
	})
}

func (f *Flow) newReconciler(p Props) {
	f.ReconcilerRole = newRole(f.Construct, "ReconcilerRole", lambdaService, "The reconciler's: its tables, its log, sending to its queue", f.reconcilerAccess(p))
	props := f.functionProps(p, f.ReconcilerRole, f.ReconcilerLogs)
	props.Description = new("Rescues stalled runs of workflows, and sends what timers hold")
	props.Code = p.Reconciler
	props.MemorySize = new(float64(p.memoryOfReconciler()))
	// Lambda would repeat a failed tick, beside the ticks that follow it.
	props.RetryAttempts = new(float64(0))
	props.MaxEventAge = seconds(time.Minute)
	f.Reconciler = awslambda.NewFunction(f.Construct, new("Reconciler"), props)
}

// functionProps returns the properties that both functions share.
func (f *Flow) functionProps(p Props, role awsiam.IRole, logs awslogs.ILogGroup) *awslambda.FunctionProps {
	variables := map[string]*string{}
	for name, value := range p.variables(f.names()) {
		variables[name] = &value
	}
	props := &awslambda.FunctionProps{
		Runtime:               awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:          awslambda.Architecture_ARM_64(),
		Handler:               new("bootstrap"),
		Timeout:               seconds(p.Timeout),
		Role:                  role,
		Environment:           &variables,
		LogGroup:              logs,
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: p.passedLevel(),
		SystemLogLevelV2:      awslambda.SystemLogLevel_INFO,
	}
	if p.Vpc != nil {
		props.Vpc, props.VpcSubnets = p.Vpc, p.Subnets
		if len(p.SecurityGroups) > 0 {
			props.SecurityGroups = &p.SecurityGroups
		}
	}
	return props
}

// names are the names of what the functions use.
func (f *Flow) names() names {
	n := names{
		QueueURL: *f.Queue.QueueUrl(), ContextTable: *f.Tables.Context.TableName(),
		StatusTable: *f.Tables.Status.TableName(), CoordinationTable: *f.Tables.Coordination.TableName(),
		FlowName: f.name(), Role: *f.WorkerRole.RoleId(),
	}
	if f.Intake != nil {
		n.IntakeARN = *f.Intake.QueueArn()
	}
	return n
}

// passedLevel returns the level below which Lambda drops log lines: never above
// INFO, the level of the metrics. The functions themselves leave out lines below
// LOG_LEVEL.
func (p Props) passedLevel() awslambda.ApplicationLogLevel {
	if p.LogLevel == "DEBUG" {
		return awslambda.ApplicationLogLevel_DEBUG
	}
	return awslambda.ApplicationLogLevel_INFO
}
