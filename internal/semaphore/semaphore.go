// Package semaphore shares a number of permits, in the order in which they are asked for.
// A simulation can see who waits for them.
package semaphore

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// Semaphore has a number of permits. It is safe for concurrent use.
type Semaphore struct {
	all     int64
	permits *semaphore.Weighted
}

// New returns a semaphore with that many permits; 0 means that it gives any number.
func New(all int) *Semaphore {
	return &Semaphore{all: int64(all), permits: semaphore.NewWeighted(int64(all))}
}

// Acquire waits for permits, or for all of them if there are fewer, and returns how many
// it took, which [Semaphore.Release] gives back. While it waits nobody who comes later
// gets any. It fails with the cause of the context's end if it would have to wait longer.
func (s *Semaphore) Acquire(ctx context.Context, n int) (int, error) {
	if s.all == 0 || n == 0 {
		return 0, nil
	}
	n = int(min(int64(n), s.all))
	if w, ok := ctx.Value(waiterKey{}).(Waiter); ok {
		granted, err := w.Wait(ctx, func() bool { return s.permits.TryAcquire(int64(n)) })
		if !granted {
			n = 0
		}
		return n, err
	}
	if s.permits.TryAcquire(int64(n)) { // also after the context's end
		return n, nil
	}
	if s.permits.Acquire(ctx, int64(n)) != nil {
		return 0, context.Cause(ctx)
	}
	return n, nil
}

// TryAcquire is [Semaphore.Acquire] if all of them are free, and nobody waits for any;
// otherwise it takes none.
func (s *Semaphore) TryAcquire(n int) (int, bool) {
	n = int(min(int64(n), s.all))
	if n == 0 || s.permits.TryAcquire(int64(n)) {
		return n, true
	}
	return 0, false
}

// All returns the number of permits.
func (s *Semaphore) All() int { return int(s.all) }

// Release gives permits back.
func (s *Semaphore) Release(n int) { s.permits.Release(int64(n)) }

// Waiter waits in place of a goroutine that would block.
type Waiter interface {
	// Wait returns once try, which may be called often, has got what is waited for. It
	// may also let its caller go on without, or fail.
	Wait(ctx context.Context, try func() bool) (granted bool, err error)
}

type waiterKey struct{}

// On returns a context whose waits are those of w.
func On(ctx context.Context, w Waiter) context.Context { return context.WithValue(ctx, waiterKey{}, w) }

// Apart lets nobody wait: each goes on without permits, as in a process of its own.
type Apart struct{}

// Wait implements [Waiter].
func (Apart) Wait(context.Context, func() bool) (bool, error) { return false, nil }
