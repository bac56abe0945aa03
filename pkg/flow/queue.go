package flow

import (
	"context"
	"time"
)

// Queue carries messages to workers. Receiving is the host's business.
type Queue interface {
	// Send hands all messages over durably; nil means every one was accepted.
	// After an error some may have been: sending again is safe, because
	// handling a message twice is.
	Send(ctx context.Context, messages ...Outgoing) error
}

// MaxDelay is the longest delay a queue takes (SQS: 15 minutes).
const MaxDelay = 15 * time.Minute

// AttributeID carries the first message's id on a message that was sent again; on
// a job that the reconciler sends again, whose first message it does not know, an
// id made for it. What such a message runs may have ended a worker before.
const AttributeID = "flow-id"

// Outgoing is a message to be sent.
type Outgoing struct {
	Body       string
	Delay      time.Duration // at most MaxDelay
	Tenant     string        // MessageGroupId, for fair queues
	Attributes map[string]string
}

// Message is a message as received.
type Message struct {
	ID         string
	Body       string
	Receives   int // 1 at the first delivery
	Attributes map[string]string
}

// OriginalID is the id of the message that this one repeats, or its own.
func (m Message) OriginalID() string {
	if id := m.Attributes[AttributeID]; id != "" {
		return id
	}
	return m.ID
}
