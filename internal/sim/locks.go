package sim

import (
	"context"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var _ state.Locks = (*locks)(nil)

// locks passes requests on to [memory.Locks], one step each, and shows their effects
// to the watcher.
type locks struct {
	wire    *wire
	inner   *memory.Locks
	watcher *watcher
}

// newLocks returns locks on the clock of the sandbox that asks for them.
func newLocks(s *scheduler) *memory.Locks {
	return memory.NewLocks(func() time.Time {
		if s.current != nil {
			return s.current.home.clock()
		}
		return s.time()
	})
}

// SetIfNotExist implements [state.Locks].
func (l *locks) SetIfNotExist(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	return request(ctx, l.wire, fault.LockRequest(key), nil, func() (bool, error) {
		given, err := l.inner.SetIfNotExist(background, key, owner, ttl)
		l.watcher.sawLock(lockSeen{key, owner, ttl, given})
		return given, err
	})
}

// Release implements [state.Locks].
func (l *locks) Release(ctx context.Context, key, owner string) (bool, error) {
	return request(ctx, l.wire, fault.UnlockRequest(key), nil, func() (bool, error) {
		released, err := l.inner.Release(background, key, owner)
		if released {
			l.watcher.sawRelease(key, owner)
		}
		return released, err
	})
}

// leave takes a lock that nobody will release, if it is free.
func (l *locks) leave(key, owner string, ttl time.Duration) {
	if given, _ := l.inner.SetIfNotExist(background, key, owner, ttl); given {
		l.watcher.sawLock(lockSeen{key, owner, ttl, given})
	}
}
