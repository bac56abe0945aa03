package state

import (
	"context"
	"time"
)

// Locks are named locks with an expiry of their own.
type Locks interface {
	// SetIfNotExist takes a lock for owner until ttl from now, and reports whether
	// owner has it. Taking again what owner has is true.
	SetIfNotExist(ctx context.Context, key, owner string, ttl time.Duration) (bool, error)
	// Release gives a lock back if owner has it.
	Release(ctx context.Context, key, owner string) (bool, error)
}
