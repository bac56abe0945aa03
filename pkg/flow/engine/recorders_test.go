package engine_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// clock stands still.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// events records the engine's events.
type events struct {
	mu  sync.Mutex
	all []flow.Event
}

func (e *events) add(event flow.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, event)
}

// texts returns the events as "KIND NODE".
func (e *events) texts() (texts []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range e.all {
		text := string(event.Kind)
		if event.NodeID != "" {
			text += " " + event.NodeID
		}
		texts = append(texts, text)
	}
	return texts
}

// outbox is a queue whose messages the test takes.
type outbox struct {
	mu   sync.Mutex
	sent int
	all  []letter
}

// letter is a message as it was sent, and as it will first be received.
type letter struct {
	state.Message
	Delay  time.Duration
	Tenant string
	Of     flow.MessageBody
}

// Send refuses messages after the end of the context, as a queue does.
func (o *outbox) Send(ctx context.Context, messages ...flow.Outgoing) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range messages {
		body, err := flow.ParseMessage(m.Body)
		if err != nil {
			return err
		}
		o.sent++
		o.all = append(o.all, letter{state.Message{ID: fmt.Sprintf("m-%d", o.sent), Body: m.Body, Receives: 1, Attributes: m.Attributes}, m.Delay, m.Tenant, body})
	}
	return nil
}

// take returns the messages sent since its last call.
func (o *outbox) take() []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := o.all
	o.all = nil
	return taken
}
