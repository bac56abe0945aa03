package engine

import (
	"context"
	"fmt"
	"time"
)

// errNoTurn is an [ErrNoTime] of a message whose turn has not come.
var errNoTurn = fmt.Errorf("other messages came first: %w", ErrNoTime)

// turn is a session's part of the parallel work of its process: a batch may have more
// messages than its worker has memory and connections for. A session takes one before it
// reads the records of its first task, and keeps it until its message is answered.
type turn struct{ places share }

// take waits for a turn until ctx ends, or until there would be too little time to begin:
// then it returns [ErrNoTime].
func (t *turn) take(ctx context.Context, patience time.Duration) error {
	return t.wait(ctx, 1, patience)
}

// tryAlone reports whether no other session has a turn, and keeps the others from theirs.
func (t *turn) tryAlone() bool {
	all := t.places.of.All()
	if t.places.held == 0 || t.places.held == all { // turns are not limited, or it is alone
		return true
	}
	more, ok := t.places.of.TryAcquire(all - t.places.held)
	t.places.held += more
	return ok
}

// alone waits until no other session has a turn, and keeps the others from theirs.
func (t *turn) alone(ctx context.Context, patience time.Duration) error {
	return t.wait(ctx, t.places.of.All(), patience)
}

func (t *turn) wait(ctx context.Context, places int, patience time.Duration) error {
	if err := t.places.take(ctx, places, patience); err != nil {
		return fmt.Errorf("wait for a turn among %d (%w): %w", t.places.of.All(), err, errNoTurn)
	}
	return nil
}

// share lets other sessions work again beside one that was alone.
func (t *turn) share() { t.places.shrink(1) }

func (t *turn) giveBack() { t.places.giveBack() }
