package localstack

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// encodeEvent returns the payload with which Lambda invokes a function for messages
// of a queue.
func encodeEvent(messages []types.Message, queueARN string) ([]byte, error) {
	queue, err := arn.Parse(queueARN)
	if err != nil {
		return nil, fmt.Errorf("queue %q: %w", queueARN, err)
	}
	event := events.SQSEvent{Records: make([]events.SQSMessage, len(messages))}
	for i, message := range messages {
		event.Records[i] = events.SQSMessage{
			MessageId:              aws.ToString(message.MessageId),
			ReceiptHandle:          aws.ToString(message.ReceiptHandle),
			Body:                   aws.ToString(message.Body),
			Md5OfBody:              aws.ToString(message.MD5OfBody),
			Md5OfMessageAttributes: aws.ToString(message.MD5OfMessageAttributes),
			Attributes:             present(message.Attributes),
			MessageAttributes:      attributes(message.MessageAttributes),
			EventSourceARN:         queueARN,
			EventSource:            "aws:sqs",
			AWSRegion:              queue.Region,
		}
	}
	return json.Marshal(event)
}

// present returns an empty map for nil: Lambda writes an empty object.
func present(attributes map[string]string) map[string]string {
	if attributes == nil {
		return map[string]string{}
	}
	return attributes
}

func attributes(of map[string]types.MessageAttributeValue) map[string]events.SQSMessageAttribute {
	encoded := make(map[string]events.SQSMessageAttribute, len(of))
	for name, value := range of {
		encoded[name] = events.SQSMessageAttribute{
			DataType:         aws.ToString(value.DataType),
			StringValue:      value.StringValue,
			BinaryValue:      value.BinaryValue,
			StringListValues: []string{},
			BinaryListValues: [][]byte{},
		}
	}
	return encoded
}
