package flow

import (
	"context"
	"iter"
	"time"
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

// Locks are named locks with an expiry of their own.
type Locks interface {
	// SetIfNotExist takes a lock for owner until ttl from now, and reports whether
	// owner has it. Taking again what owner has is true.
	SetIfNotExist(ctx context.Context, key, owner string, ttl time.Duration) (bool, error)
	// Release gives a lock back if owner has it.
	Release(ctx context.Context, key, owner string) (bool, error)
}

// Backlog tells how far a queue is behind.
type Backlog interface {
	// Visible is the number of messages that wait to be received, about.
	Visible(ctx context.Context) (int, error)
}
