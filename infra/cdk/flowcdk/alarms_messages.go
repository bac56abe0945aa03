package flowcdk

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

// messageAlarms are those on the queue, and on messages that are not handled.
func (w watch) messageAlarms() []alarm {
	worker := w.flow.WorkerLogs.LogGroupName()
	return []alarm{
		{
			id: "DeadLettersAlarm", meter: newLetters(w.flow.DeadLetters), limit: 1, periods: 3, enough: 1, silent: true,
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
			first: mappingState(w.flow.Mapping),
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

// intakeAlarms are those on the intake queue, if there is one.
func (w watch) intakeAlarms() []alarm {
	if w.flow.Intake == nil {
		return nil
	}
	return []alarm{
		{
			id: "IntakeDeadLettersAlarm", meter: newLetters(w.flow.IntakeDeadLetters), limit: 1, periods: 3, enough: 1, silent: true,
			text: "A message has come to the dead-letter queue of the intake: nobody can handle it as it is, or it asks for something that is " +
				"not accepted there. The alarm rings for each new letter, and ends by itself although the letter stays.",
			first: follow(w.flow.WorkerLogs.LogGroupName(), said("message rejected")),
		},
		{
			id: "IntakeOldestMessageAlarm", meter: metric(w.flow.Intake.MetricApproximateAgeOfOldestMessage, "Maximum", time.Minute),
			limit: w.props.OldestMessage.Seconds(), periods: 5,
			text: "Starts, cancels or answers wait in the intake queue for longer than any retry does: " +
				"the worker does not run, is throttled, or has too little concurrency.",
			first: mappingState(w.flow.IntakeMapping),
		},
		{
			id: "IntakeMappingAlarm", meter: unpolled(w.flow.Intake, w.flow.IntakeMapping), limit: 1, periods: max(5, minutes(w.props.Timeout)+1),
			text: "Messages wait in the intake queue, and none is received: the event source mapping is disabled, may not receive, " +
				"or all invocations have taken their whole time.",
			first: mappingState(w.flow.IntakeMapping),
		},
	}
}

// newLetters is the difference between the numbers of dead letters of two minutes. An
// idle queue has no data: a gap repeats the last number, and before the first is none,
// so that the first letter of an idle queue counts.
func newLetters(dead awssqs.IQueue) awscloudwatch.IMetric {
	return expression("New dead letters", "DIFF(FILL(FILL(letters, REPEAT), 0))", time.Minute, map[string]awscloudwatch.IMetric{
		"letters": metric(dead.MetricApproximateNumberOfMessagesVisible, "Maximum", time.Minute),
	})
}
