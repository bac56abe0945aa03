package flowcdk

import (
	"regexp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// newAlarms makes an alarm for each thing that nobody but a person can put
// right. Their descriptions are what the person reads first.
func (f *Flow) newAlarms(p Props) {
	f.newLogMetrics()
	f.alarm(p, "DeadLettersAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("There are messages in the dead-letter queue: they can never be handled as they are. " +
			"The worker's log says why: { $.msg = \"message rejected\" }."),
		Metric:            metric(f.DeadLetters.MetricApproximateNumberOfMessagesVisible, "Maximum", time.Minute),
		Threshold:         new(float64(1)),
		EvaluationPeriods: new(float64(1)),
		TreatMissingData:  awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	f.alarm(p, "OldestMessageAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("Work waits in the queue for longer than any retry does: " +
			"the worker does not run, is throttled, or has too little concurrency."),
		Metric:            metric(f.Queue.MetricApproximateAgeOfOldestMessage, "Maximum", time.Minute),
		Threshold:         new(p.OldestMessage.Seconds()),
		EvaluationPeriods: new(float64(5)),
		TreatMissingData:  awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	f.alarm(p, "WorkerErrorsAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("Invocations of the worker end without an answer, again and again: " +
			"it does not start (its log says why), runs out of memory or time, or crashes. Errors of nodes do not count here."),
		Metric:            metric(f.Worker.MetricErrors, "Sum", 5*time.Minute),
		Threshold:         new(float64(1)),
		EvaluationPeriods: new(float64(3)),
		DatapointsToAlarm: new(float64(2)), // one crash is healed, and nobody's business
		TreatMissingData:  awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	f.alarm(p, "NoTickAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("The reconciler has not run without an error for 15 minutes: " +
			"runs that lose a message stay where they are, and long delays do not end."),
		Metric:             f.ticks(),
		Threshold:          new(float64(1)),
		ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
		EvaluationPeriods:  new(float64(3)),
		TreatMissingData:   awscloudwatch.TreatMissingData_BREACHING,
	})
	f.alarm(p, "RescuedAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("The reconciler resumes runs, again and again: workers die, or messages are lost. " +
			"The runs: { $.msg = \"run rescued\" } in the reconciler's log."),
		Metric:            f.events(RunsRescued),
		Threshold:         new(float64(1)),
		EvaluationPeriods: new(float64(3)),
		DatapointsToAlarm: new(float64(2)),
		TreatMissingData:  awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
}

// alarm compares with >= unless it says otherwise.
func (f *Flow) alarm(p Props, id string, props awscloudwatch.AlarmProps) {
	if props.ComparisonOperator == "" {
		props.ComparisonOperator = awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	}
	alarm := awscloudwatch.NewAlarm(f.Construct, &id, &props)
	if p.AlarmTopic != nil {
		action := awscloudwatchactions.NewSnsAction(p.AlarmTopic)
		alarm.AddAlarmAction(action)
		alarm.AddOkAction(action)
	}
	f.Alarms = append(f.Alarms, alarm)
}

// metric asks a construct for one of its metrics.
func metric(of func(*awscloudwatch.MetricOptions) awscloudwatch.Metric, statistic string, period time.Duration) awscloudwatch.Metric {
	return of(&awscloudwatch.MetricOptions{Statistic: &statistic, Period: seconds(period)})
}

// ticks are the invocations of the reconciler that had no error.
func (f *Flow) ticks() awscloudwatch.MathExpression {
	const period = 5 * time.Minute
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: new("FILL(invocations, 0) - FILL(errors, 0)"),
		Label:      new("Ticks"),
		Period:     seconds(period),
		UsingMetrics: &map[string]awscloudwatch.IMetric{
			"invocations": metric(f.Reconciler.MetricInvocations, "Sum", period),
			"errors":      metric(f.Reconciler.MetricErrors, "Sum", period),
		},
	})
}

// The metrics that are counted from the functions' logs.
const (
	RunsFailed  = "RunsFailed"
	RunsRescued = "RunsRescued"
)

// newLogMetrics counts what the functions say on runs. Both of them can fail one.
func (f *Flow) newLogMetrics() {
	f.count("WorkerFailed", f.WorkerLogs, flow.RunFailed, RunsFailed)
	f.count("ReconcilerFailed", f.ReconcilerLogs, flow.RunFailed, RunsFailed)
	f.count("ReconcilerRescued", f.ReconcilerLogs, flow.RunRescued, RunsRescued)
}

func (f *Flow) count(id string, logs awslogs.LogGroup, kind flow.EventKind, metricName string) {
	awslogs.NewMetricFilter(f.Construct, &id, &awslogs.MetricFilterProps{
		LogGroup:        logs,
		FilterPattern:   awslogs.FilterPattern_StringValue(new("$.msg"), new("="), new(string(kind))),
		MetricName:      &metricName,
		MetricNamespace: f.namespace(),
		MetricValue:     new("1"),
		DefaultValue:    new(float64(0)),
	})
}

func (f *Flow) events(name string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: f.namespace(), MetricName: &name, Statistic: new("Sum"), Period: seconds(5 * time.Minute),
	})
}

var notNamespace = regexp.MustCompile(`[^A-Za-z0-9./_-]`)

// namespace keeps the metrics of several deployments in one account apart.
func (f *Flow) namespace() *string {
	return new("Flowcraft/" + notNamespace.ReplaceAllString(*f.Construct.Node().Path(), "_"))
}
