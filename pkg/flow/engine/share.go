package engine

import (
	"context"
	"errors"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
	"github.com/flowcraft-go/flowcraft/internal/timeout"
)

// share is one session's part of a resource of its process: memory, or parallel work. The session gives all of it back before it waits for more, so
// that none can wait for itself.
type share struct {
	of   *semaphore.Semaphore
	held int
}

// take waits for so much until ctx ends, but no longer than patience.
func (s *share) take(ctx context.Context, n int, patience time.Duration) (err error) {
	s.giveBack()
	waiting, cancel := timeout.With(ctx, patience, errors.New("no time is left to wait"))
	defer cancel()
	s.held, err = s.of.Acquire(waiting, n)
	return err
}

// try takes so much if it is free, and reports whether it did.
func (s *share) try(n int) (ok bool) {
	s.giveBack()
	s.held, ok = s.of.TryAcquire(n)
	return ok
}

// shrink gives back all but n.
func (s *share) shrink(n int) {
	if n < s.held {
		s.of.Release(s.held - n)
		s.held = n
	}
}

func (s *share) giveBack() { s.shrink(0) }
