package engine

import (
	"context"
	"sync/atomic"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
)

// share is the part of the memory that the values of one session take. The session gives
// all of it back before it waits for more, so that none can wait for itself.
type share struct {
	memory *semaphore.Semaphore
	taken  int
}

// take waits for bytes of memory.
func (s *share) take(ctx context.Context, bytes int) (err error) {
	s.giveBack()
	s.taken, err = s.memory.Acquire(ctx, bytes)
	return err
}

// try takes bytes of memory if they are free, and reports whether it did.
func (s *share) try(bytes int) (ok bool) {
	s.giveBack()
	s.taken, ok = s.memory.TryAcquire(bytes)
	return ok
}

// settle makes the share as small as the values that are in memory. If they are more than
// was expected, they are counted the next time.
func (s *share) settle(bytes int) {
	if bytes < s.taken {
		s.memory.Release(s.taken - bytes)
		s.taken = bytes
	}
}

func (s *share) giveBack() {
	s.memory.Release(s.taken)
	s.taken = 0
}

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
