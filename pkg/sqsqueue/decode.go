package sqsqueue

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Decode returns the message of a received record: system holds SQS's own attributes
// of the record, attributes the sender's attributes with a string value. A record
// without a receive count counts as received for the first time.
func Decode(id, body string, system, attributes map[string]string) state.Message {
	receives, err := strconv.Atoi(system[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		receives = 1
	}
	m := state.Message{ID: id, Body: body, Receives: max(receives, 1), Attributes: attributes, Sender: system[string(types.MessageSystemAttributeNameSenderId)]}
	first := system[string(types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp)]
	if ms, err := strconv.ParseInt(first, 10, 64); err == nil {
		m.FirstReceived = time.UnixMilli(ms)
	}
	return m
}
