package flowcdk

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
)

const lambdaService = "lambda.amazonaws.com"

// reconcilerMemory, in MB, is enough for the tasks of one run: the reconciler reads
// runs one after the other, and the outputs of one run's ends.
const reconcilerMemory = 256

// memoryOfReconciler returns the reconciler's memory: it must not find a result too
// large that the worker can hold.
func (p Props) memoryOfReconciler() int {
	if p.MaxInput > reconcilerMemory<<20/4 {
		return max(reconcilerMemory, p.Memory)
	}
	return reconcilerMemory
}

func (f *Flow) newWorker(p Props) {
	f.WorkerLogs = newLogs(f.Construct, "WorkerLogs", p)
	role := newRole(f.Construct, "WorkerRole", lambdaService, "The worker's: its queue, its tables, its log, its nodes' functions", f.workerAccess(p, f.WorkerLogs))
	props := f.functionProps(p, role, f.WorkerLogs)
	props.Description = new("Executes the nodes of workflows")
	props.Code = p.Worker
	props.MemorySize = new(float64(p.Memory))
	// A run is a chain of worker, queue, worker, …, which Lambda considers a
	// mistake by default, and cuts after about 16. Hops have a limit of our own.
	props.RecursiveLoop = awslambda.RecursiveLoop_ALLOW
	if p.ReservedConcurrency > 0 {
		props.ReservedConcurrentExecutions = new(float64(p.ReservedConcurrency))
	}
	f.Worker = awslambda.NewFunction(f.Construct, new("Worker"), props)
	f.Mapping = awslambda.NewEventSourceMapping(f.Construct, new("Mapping"), &awslambda.EventSourceMappingProps{
		Target:                  f.Worker,
		EventSourceArn:          f.Queue.QueueArn(),
		BatchSize:               new(float64(p.BatchSize)),
		MaxBatchingWindow:       seconds(p.BatchWindow),
		MaxConcurrency:          new(float64(p.MaxConcurrency)),
		ReportBatchItemFailures: new(true),
		MetricsConfig:           &awslambda.MetricsConfig{Metrics: &[]awslambda.MetricType{awslambda.MetricType_EVENT_COUNT}},
	})
}

func (f *Flow) newReconciler(p Props) {
	f.ReconcilerLogs = newLogs(f.Construct, "ReconcilerLogs", p)
	role := newRole(f.Construct, "ReconcilerRole", lambdaService, "The reconciler's: its tables, its log, sending to its queue", f.reconcilerAccess(f.ReconcilerLogs))
	props := f.functionProps(p, role, f.ReconcilerLogs)
	props.Description = new("Rescues stalled runs of workflows, and sends what timers hold")
	props.Code = p.Reconciler
	props.MemorySize = new(float64(p.memoryOfReconciler()))
	// Lambda would repeat a failed tick, beside the ticks that follow it.
	props.RetryAttempts = new(float64(0))
	props.MaxEventAge = seconds(time.Minute)
	f.Reconciler = awslambda.NewFunction(f.Construct, new("Reconciler"), props)
}

// functionProps returns the properties that both functions share.
func (f *Flow) functionProps(p Props, role awsiam.IRole, logs awslogs.LogGroup) *awslambda.FunctionProps {
	variables := map[string]*string{}
	for name, value := range p.environment(names{
		QueueURL: *f.Queue.QueueUrl(), ContextTable: *f.Tables.Context.TableName(),
		StatusTable: *f.Tables.Status.TableName(), CoordinationTable: *f.Tables.Coordination.TableName(),
		FlowName: f.name(),
	}) {
		variables[name] = &value
	}
	return &awslambda.FunctionProps{
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

func newLogs(scope constructs.Construct, id string, p Props) awslogs.LogGroup {
	return awslogs.NewLogGroup(scope, &id, &awslogs.LogGroupProps{
		Retention: retentionDays[p.LogRetention], RemovalPolicy: p.removal(),
	})
}
