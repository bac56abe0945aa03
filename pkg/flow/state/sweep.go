package state

import (
	"context"
	"iter"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

// Sweep is the reconciler's view of all runs. Its lists may lag behind and are
// judged again on the items themselves; they end after the first error.
type Sweep interface {
	// Stalled yields the active runs whose last update is before a time, those of
	// one shard after another.
	Stalled(ctx context.Context, before time.Time) iter.Seq2[RunRef, error]
	// Due yields the timers that are due before a time.
	Due(ctx context.Context, before time.Time) iter.Seq2[Timer, error]
	// DropTimer removes a timer. That there is none is no error.
	DropTimer(ctx context.Context, timer Timer) error
}

// RunRef is a run as the index of active runs knows it.
type RunRef struct {
	RunID       string
	LastUpdated time.Time
	Rescues     int
}

// String is the fields that are set, of values their size.
func (r RunRef) String() string { return describe.Fields(r) }
