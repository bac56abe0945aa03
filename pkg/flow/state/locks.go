package state

import (
	"context"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

// Locks are named locks with an expiry of their own.
type Locks interface {
	// Take takes a lock for owner until ttl from now, unless another owner holds it.
	// An owner may take a lock again that it holds.
	Take(ctx context.Context, key, owner string, ttl time.Duration) (Taken, error)
	// ExtendTTL lets a lock that owner holds expire ttl from now, and reports whether
	// owner held it.
	ExtendTTL(ctx context.Context, key, owner string, ttl time.Duration) (bool, error)
	// Release releases a lock if owner holds it.
	Release(ctx context.Context, key, owner string) (bool, error)
}

// Taken is the answer to [Locks.Take].
type Taken struct {
	Mine bool // the owner holds the lock
	// Deaths counts the holders before, one after the other, that let the lock expire:
	// they probably died. It may count a repeated request, too, and is forgotten a day
	// after the last.
	Deaths int
}

// String returns the fields that are set.
func (t Taken) String() string { return describe.Fields(t) }
