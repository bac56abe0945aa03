package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
	"github.com/flowcraft-go/flowcraft/internal/timeout"
)

// errNoTurn is an [ErrNoTime] of a message whose turn has not come.
var errNoTurn = fmt.Errorf("other messages came first: %w", ErrNoTime)

// turn is a session's part of the parallel work of its process: a batch may have more
// messages than its worker has memory and connections for. A session takes one before it
// reads the records of its first task, and keeps it until its message is answered.
type turn struct {
	places *semaphore.Semaphore
	held   int
}

// take waits for a turn until ctx ends, or until there would be too little time to begin:
// then it returns [ErrNoTime].
func (t *turn) take(ctx context.Context, patience time.Duration) error {
	return t.wait(ctx, 1, patience)
}

// tryAlone reports whether no other session has a turn, and keeps the others from theirs.
func (t *turn) tryAlone() bool {
	if t.held == 0 || t.held == t.places.All() { // turns are not limited, or it is alone
		return true
	}
	more, ok := t.places.TryAcquire(t.places.All() - t.held)
	t.held += more
	return ok
}

// alone waits until no other session has a turn, and keeps the others from theirs. The
// session gives its own back before, so that none can wait for itself.
func (t *turn) alone(ctx context.Context, patience time.Duration) error {
	t.giveBack()
	return t.wait(ctx, t.places.All(), patience)
}

func (t *turn) wait(ctx context.Context, places int, patience time.Duration) error {
	waiting, cancel := timeout.With(ctx, patience, errors.New("no time is left to wait"))
	defer cancel()
	held, err := t.places.Acquire(waiting, places)
	if err != nil {
		return fmt.Errorf("wait for a turn among %d (%w): %w", t.places.All(), err, errNoTurn)
	}
	t.held = held
	return nil
}

// share lets other sessions work again beside one that was alone.
func (t *turn) share() {
	if t.held > 1 {
		t.places.Release(t.held - 1)
		t.held = 1
	}
}

func (t *turn) giveBack() {
	t.places.Release(t.held)
	t.held = 0
}
