package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
	"github.com/flowcraft-go/flowcraft/internal/timeout"
)

// share is the part that one session has of what the sessions of a process have together:
// memory, or parallel work. The session gives all of it back before it waits for more, so
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

// shrink gives back what is more than n.
func (s *share) shrink(n int) {
	if n < s.held {
		s.of.Release(s.held - n)
		s.held = n
	}
}

func (s *share) giveBack() { s.shrink(0) }

// yield is the size of the largest outcome, the output with the context writes, that a
// node has had in this process: as much is reserved before its code begins.
type yield struct{ seen atomic.Int64 } // bytes, and 1; 0: none yet

// expect returns the reservation; most before the first outcome.
func (y *yield) expect(most int) int {
	if seen := y.seen.Load(); seen > 0 {
		return int(seen - 1)
	}
	return most
}

func (y *yield) see(bytes int) {
	for seen := y.seen.Load(); seen < int64(bytes)+1 && !y.seen.CompareAndSwap(seen, int64(bytes)+1); seen = y.seen.Load() {
	}
}
