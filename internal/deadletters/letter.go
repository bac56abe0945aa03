package deadletters

import (
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Letter describes a message in a dead-letter queue, without its payload.
type Letter struct {
	ID    string        `json:"id"`              // of the first message that it stands for
	Kind  string        `json:"kind"`            // start, job or cancel; unreadable
	RunID string        `json:"runId,omitempty"` // a start without one makes the run of its message's id
	Age   time.Duration `json:"-"`               // since it was first sent
	Since time.Time     `json:"sent,omitzero"`

	message types.Message
	body    flow.MessageBody
}

// unreadable is the kind of a letter that is no message of this version.
const unreadable = "unreadable"

func newLetter(m types.Message, now time.Time) Letter {
	l := Letter{ID: aws.ToString(m.MessageId), Kind: unreadable, message: m}
	if id := aws.ToString(m.MessageAttributes[state.AttributeID].StringValue); id != "" {
		l.ID = id
	}
	if ms, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64); err == nil {
		l.Since = time.UnixMilli(ms).UTC()
		l.Age = now.Sub(l.Since)
	}
	body, err := flow.ParseMessage(aws.ToString(m.Body))
	if err != nil {
		return l
	}
	l.body, l.Kind, l.RunID = body, string(body.Kind()), body.RunID
	if body.Kind() == flow.TypeStart && body.RunID == "" {
		l.RunID = l.ID
	}
	return l
}

// entry returns the letter as it is sent again: its body and its sender's attributes
// are unchanged. It keeps the id of the first message, so that it is the same start. The
// time and the count of its returns are dropped, so that the limits count anew.
func (l Letter) entry() (e types.SendMessageBatchRequestEntry, size int) {
	attributes := maps.Clone(l.message.MessageAttributes)
	if attributes == nil {
		attributes = map[string]types.MessageAttributeValue{}
	}
	delete(attributes, state.AttributeSince)
	delete(attributes, state.AttributeReturns)
	delete(attributes, state.AttributeMissing)
	attributes[state.AttributeID] = types.MessageAttributeValue{DataType: new("String"), StringValue: &l.ID}
	if l.body.RunID != "" && l.size(attributes) > maxBytes { // its run id keeps it the same
		delete(attributes, state.AttributeID)
	}
	e = types.SendMessageBatchRequestEntry{MessageBody: l.message.Body, MessageAttributes: attributes}
	if group := l.message.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)]; group != "" {
		e.MessageGroupId = &group
	}
	return e, l.size(attributes)
}

// size counts as SQS does.
func (l Letter) size(attributes map[string]types.MessageAttributeValue) int {
	size := len(aws.ToString(l.message.Body))
	for name, value := range attributes {
		size += len(name) + len(aws.ToString(value.DataType)) + len(aws.ToString(value.StringValue)) + len(value.BinaryValue)
	}
	return size
}
