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

// Backlog tells how far a queue is behind.
type Backlog interface {
	// Visible is the number of messages that wait to be received, about.
	Visible(ctx context.Context) (int, error)
}

// MaxDelay is the longest delay a queue takes.
const MaxDelay = 15 * time.Minute
