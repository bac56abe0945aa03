package lambdaflow

import (
	"github.com/aws/aws-lambda-go/events"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

func (w *WorkerHandler) message(record events.SQSMessage) state.Message {
	var attributes map[string]string
	for name, value := range record.MessageAttributes {
		if value.StringValue == nil {
			continue
		}
		if attributes == nil {
			attributes = map[string]string{}
		}
		attributes[name] = *value.StringValue
	}
	m := sqsqueue.Decode(record.MessageId, record.Body, record.Attributes, attributes)
	m.Intake = w.takenIn(record)
	return m
}
