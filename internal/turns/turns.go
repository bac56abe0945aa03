// Package turns limits how many works that take much memory go on at the same time, where
// one of them may get stuck.
package turns

import (
	"context"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
)

// Turns are the works that may go on at the same time.
type Turns struct{ places *semaphore.Semaphore }

// Patience is the time after which a work goes on without a turn: those that have one may
// be stuck.
const Patience = 5 * time.Second

// New returns n turns.
func New(n int) Turns { return Turns{semaphore.New(n)} }

// Take waits for a turn until ctx ends, but not longer than [Patience]. The turn lasts until
// done is called, which is safe to repeat for one goroutine.
func (t Turns) Take(ctx context.Context) (done func()) {
	waiting, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	held, _ := t.places.Acquire(waiting, 1) // else without
	return func() {
		t.places.Release(held)
		held = 0
	}
}
