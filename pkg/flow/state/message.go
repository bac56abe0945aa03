package state

import "fmt"

// AttributeID carries the first message's id on a message that was sent again; on a
// job that the reconciler sends again, whose first message is unknown, a new id.
// The work of such a message may have killed a worker before.
const AttributeID = "flow-id"

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

// NearDeadLetter reports whether the queue is about to give the message up: live
// work is then neither executed nor returned, but sent again, so that it never
// becomes a dead letter. That is on the last of maxReceives permitted receives, and
// already on the one before if at least four are permitted: a worker that dies at
// that moment wastes a receive, not the work.
func (m Message) NearDeadLetter(maxReceives int) bool {
	if maxReceives > 3 {
		maxReceives--
	}
	return m.Receives >= maxReceives
}

// String names the message by its id and the size of its body in bytes, without the
// body.
func (m Message) String() string {
	return fmt.Sprintf("message %s of %d bytes, receive %d", m.ID, len(m.Body), m.Receives)
}
