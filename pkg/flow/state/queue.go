package state

import (
	"context"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Sender sends messages to the queue that a worker receives from. Starting a run
// needs nothing else.
type Sender interface {
	// Send sends all messages durably; nil means that every one was accepted. After
	// an error some may have been accepted: sending again is safe, because handling a
	// message twice is.
	Send(ctx context.Context, messages ...flow.Outgoing) error
}

// Queue carries messages to workers. Receiving is the host's business.
type Queue interface {
	Sender
	Backlog
}

// Backlog reports how far a queue is behind.
type Backlog interface {
	// Visible returns the approximate number of messages that wait to be received.
	Visible(ctx context.Context) (int, error)
}

// MaxDelay is the longest delay a queue accepts.
const MaxDelay = 15 * time.Minute
