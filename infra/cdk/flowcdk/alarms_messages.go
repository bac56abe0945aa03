package flowcdk

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

// messageAlarms are those on the queue, and on messages that are not handled.
func (w watch) messageAlarms() []alarm {
	worker := w.flow.WorkerLogs.LogGroupName()
	return []alarm{
		{
			id: "DeadLettersAlarm", meter: w.meters.newLetters(), limit: 1, periods: 3, enough: 1, silent: true,
			text: "A message has come to the dead-letter queue: it can never be handled as it is. The alarm rings for each new letter, " +
				"and ends by itself although the letter stays. Send letters again with flowctl dlq redrive: " +
				"moved by SQS, a start without a runId runs twice.",
			first: follow(worker, said("message rejected")),
		},
		{
			id: "OldestMessageAlarm", meter: metric(w.flow.Queue.MetricApproximateAgeOfOldestMessage, "Maximum", time.Minute),
			limit: w.props.OldestMessage.Seconds(), periods: 5,
			text: "Work waits in the queue for longer than any retry does: " +
				"the worker does not run, is throttled, or has too little concurrency.",
			first: w.mappingState(),
		},
		alarm{
			id: "MessagesReturnedAlarm", meter: w.meters.countedEach(metrics.MessagesReturned, "Sum", time.Minute),
			text: "Messages come back for some minutes because of errors, mostly of the tables or the queue: an outage, " +
				"a permission that is gone, throttles. Nothing is lost, but runs stand still.",
			first: follow(worker, said("message returned", string(flow.MessageSentAgain))),
		}.lasting(),
		{
			id: "CodeMissingAlarm", meter: w.meters.counted(metrics.CodeMissing, "Sum"), limit: 1, periods: 3,
			text: "Messages have waited for a quarter of an hour for code or a blueprint that no worker has. " +
				fmt.Sprintf("A job's run fails after %s, a start becomes a dead letter after %s.", w.props.MissingCode, w.props.MissingBlueprint),
			first: follow(worker, said(string(flow.CodeMissing))),
		},
	}
}

// newLetters is the difference between the numbers of dead letters of two minutes. An
// idle queue has no data: a gap repeats the last number, and before the first is none,
// so that the first letter of an idle queue counts.
func (m meters) newLetters() awscloudwatch.IMetric {
	return expression("New dead letters", "DIFF(FILL(FILL(letters, REPEAT), 0))", time.Minute, map[string]awscloudwatch.IMetric{
		"letters": metric(m.flow.DeadLetters.MetricApproximateNumberOfMessagesVisible, "Maximum", time.Minute),
	})
}
