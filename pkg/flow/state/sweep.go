package state

import (
	"context"
	"iter"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

// Sweep is the reconciler's view of all runs. Its lists may lag behind, so the
// items themselves are checked again; a list ends after the first error.
type Sweep interface {
	// Stalled yields the active runs whose last update is before a time, one shard
	// after another.
	Stalled(ctx context.Context, before time.Time) iter.Seq2[RunRef, error]
	// Oldest returns the earliest last update of all active runs; the zero time if no
	// run is active.
	Oldest(ctx context.Context) (time.Time, error)
	// Due yields the timers that are due before a time.
	Due(ctx context.Context, before time.Time) iter.Seq2[Timer, error]
	// DropTimer removes a timer. A missing timer is no error.
	DropTimer(ctx context.Context, timer Timer) error
}

// RunRef is a run's entry in the index of active runs.
type RunRef struct {
	RunID       string
	LastUpdated time.Time
	Rescues     int
}

// String returns the fields that are set, and of values their size.
func (r RunRef) String() string { return describe.Fields(r) }
