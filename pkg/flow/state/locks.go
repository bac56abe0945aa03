package state

import (
	"context"
	"time"
)

// Locks are named locks with an expiry of their own.
type Locks interface {
	// SetIfNotExist takes a lock for owner until ttl from now, and reports whether
	// owner holds it. An owner may take a lock again that it holds.
	SetIfNotExist(ctx context.Context, key, owner string, ttl time.Duration) (bool, error)
	// Release releases a lock if owner holds it.
	Release(ctx context.Context, key, owner string) (bool, error)
}
