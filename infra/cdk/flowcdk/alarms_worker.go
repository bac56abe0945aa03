package flowcdk

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

// workerAlarms are those on the functions and on the mapping that invokes the worker.
func (w watch) workerAlarms() []alarm {
	const limits = "aws lambda get-account-settings --query AccountLimit"
	failures := follow(w.flow.WorkerLogs.LogGroupName(), `?"start refused" ?"Runtime exited" ?"Task timed out"`)
	return []alarm{
		alarm{
			id: "WorkerDownAlarm", meter: metric(w.flow.Worker.MetricErrors, "Sum", time.Minute),
			text: "Invocations of the worker have ended without an answer for some minutes: it does not start (its log says why), " +
				"or each one runs out of memory or time. Work stands still, and nothing is lost.",
			first: failures,
		}.lasting(),
		{
			id: "WorkerErrorsAlarm", meter: metric(w.flow.Worker.MetricErrors, "Sum", period),
			limit: 1, periods: 3, enough: 2, // one crash is recovered, and needs no person
			text: "Invocations of the worker end without an answer, rarely, but again and again: " +
				"it does not start (its log says why), runs out of memory or time, or crashes. Errors of nodes do not count here.",
			first: failures,
		},
		{
			id: "ReconcilerErrorsAlarm", meter: metric(w.flow.Reconciler.MetricErrors, "Sum", w.props.Tick), limit: 1, periods: 3, enough: 2,
			text:  "Ticks of the reconciler fail as a whole, two of three: it does not start (its log says why), or cannot do its work.",
			first: follow(w.flow.ReconcilerLogs.LogGroupName(), `?"start refused" ?"Runtime exited" ?"Task timed out" ?"ERROR"`),
		},
		alarm{
			id: "WorkerThrottlesAlarm", meter: metric(w.flow.Worker.MetricThrottles, "Sum", time.Minute),
			text:  "Lambda refuses invocations of the worker: the account's concurrency, or the reserved one, is used up. Throttles use up the messages' receives.",
			first: limits,
		}.lasting(),
		alarm{
			id: "ReconcilerThrottlesAlarm", meter: metric(w.flow.Reconciler.MetricThrottles, "Sum", time.Minute),
			text:  "Lambda refuses invocations of the reconciler: the account's concurrency is used up. Ticks come late or not at all.",
			first: limits,
		}.lasting(),
		{
			id: "MappingAlarm", meter: unpolled(w.flow.Queue, w.flow.Mapping), limit: 1, periods: max(5, minutes(w.props.Timeout)+1),
			text: "Messages wait, and none is received: the event source mapping is disabled, may not receive, " +
				"or all invocations have taken their whole time.",
			first: mappingState(w.flow.Mapping),
		},
		{
			id: "ConcurrencyAlarm", meter: w.meters.fullyUsed(w.props), limit: 1, periods: 5,
			text: fmt.Sprintf("The worker has used all of maxConcurrency (%d) for 5 minutes, and messages wait all the time: "+
				"more work comes than it does, or nodes take longer.", w.props.MaxConcurrency),
			first: fmt.Sprintf("aws sqs get-queue-attributes --queue-url %s --attribute-names All", *w.flow.Queue.QueueUrl()),
		},
	}
}

// mappingState is the command that shows the state of an event source mapping.
func mappingState(m awslambda.EventSourceMapping) string {
	return fmt.Sprintf("aws lambda get-event-source-mapping --uuid %s", *m.EventSourceMappingId())
}

// unpolled is 1 while messages wait in a queue and none is received.
func unpolled(queue awssqs.IQueue, mapping awslambda.EventSourceMapping) awscloudwatch.IMetric {
	return expression("Waiting, but not received", "IF(FILL(waiting, 0) > 0 AND FILL(polled, 0) < 1, 1, 0)", time.Minute, map[string]awscloudwatch.IMetric{
		"waiting": waiting(queue), "polled": polled(mapping, "PolledEventCount", time.Minute),
	})
}

// fullyUsed is 1 while messages wait and no more invocations are possible.
func (m meters) fullyUsed(p Props) awscloudwatch.IMetric {
	full := fmt.Sprintf("IF(FILL(waiting, 0) > 0 AND FILL(used, 0) >= %d, 1, 0)", p.MaxConcurrency)
	return expression("All concurrency used", full, time.Minute, map[string]awscloudwatch.IMetric{
		"waiting": waiting(m.flow.Queue), "used": m.concurrency(time.Minute),
	})
}

// waiting is the number of messages that waited in a queue all the time.
func waiting(queue awssqs.IQueue) awscloudwatch.Metric {
	return metric(queue.MetricApproximateNumberOfMessagesVisible, "Minimum", time.Minute)
}

// concurrency is the largest number of invocations at once.
func (m meters) concurrency(period time.Duration) awscloudwatch.Metric {
	return metric(func(o *awscloudwatch.MetricOptions) awscloudwatch.Metric {
		return m.flow.Worker.Metric(new("ConcurrentExecutions"), o)
	}, "Maximum", period)
}

// polled is one of an event source mapping's counters of messages.
func polled(m awslambda.EventSourceMapping, name string, period time.Duration) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: new("AWS/Lambda"), MetricName: &name, Statistic: new("Sum"), Period: seconds(period),
		DimensionsMap: &map[string]*string{"EventSourceMappingUUID": m.EventSourceMappingId()},
	})
}
