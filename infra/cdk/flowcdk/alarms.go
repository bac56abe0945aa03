package flowcdk

import (
	"regexp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"

	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

// newAlarms makes an alarm for each problem that only a person can fix. Their
// descriptions are the first thing that the person reads.
func (f *Flow) newAlarms(p Props) {
	f.alarm(p, "DeadLettersAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("There are messages in the dead-letter queue: they can never be handled as they are. " +
			"The worker's log says why: { $.msg = \"message rejected\" }."),
		Metric:            metric(f.DeadLetters.MetricApproximateNumberOfMessagesVisible, "Maximum", time.Minute),
		Threshold:         new(float64(1)),
		EvaluationPeriods: new(float64(1)),
	})
	f.alarm(p, "OldestMessageAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("Work waits in the queue for longer than any retry does: " +
			"the worker does not run, is throttled, or has too little concurrency."),
		Metric:            metric(f.Queue.MetricApproximateAgeOfOldestMessage, "Maximum", time.Minute),
		Threshold:         new(p.OldestMessage.Seconds()),
		EvaluationPeriods: new(float64(5)),
	})
	f.alarm(p, "WorkerErrorsAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("Invocations of the worker end without an answer, again and again: " +
			"it does not start (its log says why), runs out of memory or time, or crashes. Errors of nodes do not count here."),
		Metric:            metric(f.Worker.MetricErrors, "Sum", period),
		Threshold:         new(float64(1)),
		EvaluationPeriods: new(float64(3)),
		DatapointsToAlarm: new(float64(2)), // one crash is recovered, and needs no person
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
		AlarmDescription: new("The reconciler rescued runs that nobody worked on: workers died, or messages were lost. " +
			"The runs go on; what happens again and again needs a cure. Which they are: { $.msg = \"run rescued\" } in the reconciler's log."),
		Metric:            f.counted(metrics.RunsRescued, "Sum"),
		Threshold:         new(float64(1)),
		EvaluationPeriods: new(float64(1)),
	})
	f.alarm(p, "RunsFailedAlarm", awscloudwatch.AlarmProps{
		AlarmDescription: new("Runs failed for good: a node was out of attempts and had no fallback. " +
			"Which they are, and why: { $.msg = \"run failed\" } in the logs of the worker and of the reconciler."),
		Metric:            f.counted(metrics.RunsFailed, "Sum"),
		Threshold:         new(float64(p.FailedRuns)),
		EvaluationPeriods: new(float64(1)),
	})
}

// alarm compares with >= and treats missing data as good, unless set otherwise.
func (f *Flow) alarm(p Props, id string, props awscloudwatch.AlarmProps) {
	if props.ComparisonOperator == "" {
		props.ComparisonOperator = awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	}
	if props.TreatMissingData == "" {
		props.TreatMissingData = awscloudwatch.TreatMissingData_NOT_BREACHING
	}
	alarm := awscloudwatch.NewAlarm(f.Construct, &id, &props)
	if p.AlarmTopic != nil {
		action := awscloudwatchactions.NewSnsAction(p.AlarmTopic)
		alarm.AddAlarmAction(action)
		alarm.AddOkAction(action)
	}
	f.Alarms = append(f.Alarms, alarm)
}

// metric returns one of a construct's metrics.
func metric(of func(*awscloudwatch.MetricOptions) awscloudwatch.Metric, statistic string, period time.Duration) awscloudwatch.Metric {
	return of(&awscloudwatch.MetricOptions{Statistic: &statistic, Period: seconds(period)})
}

// ticks are the invocations of the reconciler without an error. Lambda counts them,
// even if the function does not start or its log is not read.
func (f *Flow) ticks() awscloudwatch.MathExpression {
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

// counted is one of the functions' own metrics, summed over all blueprints.
func (f *Flow) counted(name, statistic string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: new(metrics.Namespace), MetricName: &name, DimensionsMap: &map[string]*string{metrics.Flow: new(f.name())},
		Statistic: &statistic, Period: seconds(period),
	})
}

var notName = regexp.MustCompile(`[^A-Za-z0-9./_-]`)

// name separates the metrics of several deployments in one account.
func (f *Flow) name() string {
	return notName.ReplaceAllString(*f.Construct.Node().Path(), "_")
}
