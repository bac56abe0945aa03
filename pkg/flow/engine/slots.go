package engine

import (
	"context"
	"fmt"
	"time"
)

// slots limits the strands that work at the same time: a batch may have more messages
// than its worker has memory and connections for. A strand takes a slot before it reads
// the records of its first task, and keeps it until its message is answered; it never
// takes a second one, so that no strand can wait for itself.
type slots struct{ pool *memory }

func newSlots(n int) slots { return slots{newMemory(max(n, 1))} }

// take waits for a slot until ctx ends, or until there would be too little time to begin:
// then it returns [ErrNoTime]. The message has claimed nothing yet.
func (s slots) take(ctx context.Context, patience time.Duration) error {
	if _, err := s.pool.take(ctx, 1, patience); err != nil {
		return fmt.Errorf("wait for a turn among %d (%w): %w", s.pool.all, err, ErrNoTime)
	}
	return nil
}

func (s slots) giveBack() { s.pool.giveBack(1) }
