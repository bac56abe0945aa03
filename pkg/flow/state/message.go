package state

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// The attributes of a message that was sent again. They repeat facts about the first
// message, which such a message stands for.
const (
	// AttributeID is the first message's id; on a job that the reconciler sends again,
	// whose first message is unknown, a new id. The work of such a message may have
	// killed a worker before.
	AttributeID = "flow-id"
	// AttributeSince is the time of the first message's first receipt, in milliseconds
	// since 1970.
	AttributeSince = "flow-since"
	// AttributeMissing is the time at which a worker first lacked the code or the
	// blueprint for which the message waits, in the same form. It is believed of the
	// worker's own role only.
	AttributeMissing = "flow-missing"
	// AttributeReturns counts how often the message was sent again.
	AttributeReturns = "flow-returns"
	// AttributeSender is the first message's sender. It is believed of the worker's own
	// role only.
	AttributeSender = "flow-sender"
	// AttributeIntake is present if the first message came by the intake queue.
	AttributeIntake = "flow-intake"
)

// Limits of the attributes: foreign messages may have any.
const (
	// MaxMessageID is the longest id of a message, in bytes.
	MaxMessageID = 256
	maxReturns   = 1_000_000
)

// Message is a message as received.
type Message struct {
	ID            string
	Body          string
	Receives      int       // 1 at the first delivery
	FirstReceived time.Time // by the queue's count; zero: unknown
	Attributes    map[string]string
	// Sender is the identity under which the queue accepted the message, which no sender
	// can choose: of a role its unique id, ":" and the session's name. "" is unknown.
	Sender string
	// Intake is set if the message came by a queue for those who may only start runs, and
	// cancel their own.
	Intake bool
}

// RoleOf returns the role, or the user, of a sender: without the name of its session.
func RoleOf(sender string) string {
	role, _, _ := strings.Cut(sender, ":")
	return role
}

// Traceparent returns the one that the message carries as an attribute or, without, in
// its body; "" if it has none, or an invalid one, which counts as none.
func (m Message) Traceparent(body flow.MessageBody) string {
	if attribute, ok := trace.Parse(m.Attributes[trace.Key]); ok {
		return attribute
	}
	traceparent, _ := trace.Parse(body.Traceparent)
	return traceparent
}

// Settled returns the message with the sender and the intake of the one that it repeats,
// of a message of the intake queue without the engine's own attributes, and of another
// sender's without the time since which it waits for code. role is the worker's own; "" is unknown: then each message is believed.
func (m Message) Settled(role string) Message {
	if m.Intake {
		m.Attributes = nil
		return m
	}
	if m.Attributes[AttributeIntake] != "" { // it only loses rights by that
		m.Intake = true
	}
	if !m.Own(role) {
		m.Attributes = maps.Clone(m.Attributes)
		delete(m.Attributes, AttributeMissing) // else a run would fail for missing code at once
		return m
	}
	if first := m.Attributes[AttributeSender]; first != "" {
		m.Sender = first[:min(len(first), MaxMessageID)]
	}
	return m
}

// Own reports whether a worker sent the message.
func (m Message) Own(role string) bool { return role == "" || RoleOf(m.Sender) == role }

// OriginalID is the id of the message that this one repeats, or its own.
func (m Message) OriginalID() string {
	if id := m.Attributes[AttributeID]; id != "" {
		return id
	}
	return m.ID
}

// Since is the time of the first receipt of the message, or of the one that it
// repeats; now if it is unknown.
func (m Message) Since(now time.Time) time.Time {
	return m.timeOf(AttributeSince, m.FirstReceived, now)
}

// MissingSince is the time since which the message waits for code or a blueprint; now
// if it does not.
func (m Message) MissingSince(now time.Time) time.Time {
	return m.timeOf(AttributeMissing, now, now)
}

// Missing returns the message as one that waits for code or a blueprint, at the latest
// since now.
func (m Message) Missing(now time.Time) Message {
	m.Attributes = maps.Clone(m.Attributes)
	if m.Attributes == nil {
		m.Attributes = map[string]string{}
	}
	m.Attributes[AttributeMissing] = timeText(m.MissingSince(now))
	return m
}

// timeText is the form of an attribute that [Message.timeOf] reads.
func timeText(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// timeOf is the time of an attribute or, without it, another one, and not after now.
func (m Message) timeOf(attribute string, otherwise, now time.Time) time.Time {
	at := otherwise
	if ms, err := strconv.ParseInt(m.Attributes[attribute], 10, 64); err == nil {
		at = time.UnixMilli(ms)
	}
	if at.IsZero() || at.After(now) {
		return now
	}
	return at
}

// Returns is how often the message has been sent again.
func (m Message) Returns() int {
	n, err := strconv.Atoi(m.Attributes[AttributeReturns])
	if err != nil {
		return 0
	}
	return min(max(n, 0), maxReturns)
}

// Again returns the attributes of the message when it is sent again.
func (m Message) Again(now time.Time) map[string]string {
	again := map[string]string{
		AttributeID:      m.OriginalID(),
		AttributeSince:   timeText(m.Since(now)),
		AttributeReturns: strconv.Itoa(m.Returns() + 1),
	}
	if m.Sender != "" {
		again[AttributeSender] = m.Sender
	}
	if m.Intake {
		again[AttributeIntake] = "true"
	}
	if _, missing := m.Attributes[AttributeMissing]; missing {
		again[AttributeMissing] = timeText(m.MissingSince(now))
	}
	return again
}

// Rescued reports whether the message comes from a reconciler, or was moved back from
// the dead letters: its work may have killed a worker, though nothing says so.
func (m Message) Rescued() bool { return m.Attributes[AttributeID] != "" && m.Returns() == 0 }

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
