package state

import (
	"context"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Queue carries messages to workers. Receiving is the host's business.
type Queue interface {
	flow.Sender
	Backlog
}

// Backlog reports how far a queue is behind.
type Backlog interface {
	// Visible returns the approximate number of messages that wait to be received.
	Visible(ctx context.Context) (int, error)
}

// MaxDelay is the longest delay a queue accepts.
const MaxDelay = 15 * time.Minute
