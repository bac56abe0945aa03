package suites_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// storyQueue keeps all messages of a story, also deleted ones.
type storyQueue struct{ all []*storyMessage }

// storyMessage is a message with its name: "start", "job b", "job b, attempt 2". A
// second one with the same name is "job b (2)".
type storyMessage struct {
	name     string
	of       state.Message
	delay    time.Duration
	receives int // number of receives
	gone     bool
}

// Send implements [state.Sender].
func (q *storyQueue) Send(_ context.Context, messages ...flow.Outgoing) error {
	for _, m := range messages {
		id := fmt.Sprintf("m-%d", len(q.all)+1)
		q.all = append(q.all, &storyMessage{name: q.fresh(fault.MessageName(m.Body)), of: state.Message{ID: id, Body: m.Body, Attributes: m.Attributes}, delay: m.Delay})
	}
	return nil
}

func (q *storyQueue) fresh(name string) string {
	n := 1
	for _, m := range q.all {
		if m.name == name || strings.HasPrefix(m.name, name+" (") {
			n++
		}
	}
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, n)
}

// Visible implements [state.Backlog]: the reconciler of a story never waits.
func (q *storyQueue) Visible(context.Context) (int, error) { return 0, nil }

func (q *storyQueue) named(name string) (*storyMessage, error) {
	for _, m := range q.all {
		if m.name == name {
			return m, nil
		}
	}
	return nil, fmt.Errorf("there is no message %q", name)
}

// received returns the message as its next receive delivers it.
func (m *storyMessage) received() state.Message {
	of := m.of
	of.Receives = max(m.receives, 1)
	return of
}

// left names the messages that are still in the queue.
func (q *storyQueue) left() string {
	var left []string
	for _, m := range q.all {
		if m.gone {
			continue
		}
		text := m.name
		if m.delay > 0 && m.receives == 0 {
			text += " in " + m.delay.String()
		}
		if id := m.of.Attributes[state.AttributeID]; id != "" {
			text += " (" + state.AttributeID + " " + id + ")"
		}
		if m.receives > 0 {
			text += " (received " + count(m.receives, "time") + ")"
		}
		left = append(left, text)
	}
	if len(left) == 0 {
		return "empty"
	}
	return strings.Join(left, "; ")
}
