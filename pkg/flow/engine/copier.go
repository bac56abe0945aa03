package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/flowcraft-go/flowcraft/internal/timeout"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// copier sends the copies of messages whose turn has not come. All messages of a batch
// give up at the same moment: thousands of requests at once would need as many
// connections, so the copies go together, in few requests.
type copier struct {
	turns   *memory // one for each request at a time
	mu      sync.Mutex
	waiting []*sending
}

// sending is a copy whose sender waits for the result.
type sending struct {
	message flow.Outgoing
	done    chan struct{} // closed when err is the result
	err     error
}

// copyBatch is the number of copies of a request.
const copyBatch = 10

// newCopier returns a copier of so many requests at a time.
func newCopier(requests int) *copier { return &copier{turns: newMemory(max(requests, 1))} }

// send sends a copy, perhaps with those of others. Each caller takes a turn, and none
// leaves before: so all are sent.
func (c *copier) send(ctx context.Context, sender state.Sender, message flow.Outgoing) error {
	mine := &sending{message: message, done: make(chan struct{})}
	c.mu.Lock()
	c.waiting = append(c.waiting, mine)
	c.mu.Unlock()
	patient := context.WithoutCancel(ctx)
	turn := c.turns.ask(1)
	if err := timeout.Await(patient, turn.granted); err != nil {
		c.turns.withdraw(turn)
		return err
	}
	c.turn(ctx, sender)
	if err := timeout.Await(patient, mine.done); err != nil {
		return err
	}
	return mine.err
}

// turn sends the oldest copies, if others have left any.
func (c *copier) turn(ctx context.Context, sender state.Sender) {
	defer c.turns.giveBack(1)
	oldest := c.next()
	if len(oldest) == 0 {
		return
	}
	err := errors.New("sending has not ended")
	defer func() {
		for _, s := range oldest {
			s.err = err
			close(s.done)
		}
	}()
	var messages []flow.Outgoing
	for _, s := range oldest {
		messages = append(messages, s.message)
	}
	err = sender.Send(ctx, messages...)
}

func (c *copier) next() []*sending {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), copyBatch)
	oldest := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	return oldest
}
