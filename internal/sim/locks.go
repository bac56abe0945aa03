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

// Take implements [state.Locks].
func (l *locks) Take(ctx context.Context, key, owner string, ttl time.Duration) (state.Taken, error) {
	return request(ctx, l.wire, fault.LockRequest(key), nil, func() (state.Taken, error) {
		taken, err := l.inner.Take(background, key, owner, ttl)
		l.watcher.sawLock(lockSeen{key, owner, ttl, taken.Mine})
		return taken, err
	})
}

// ExtendTTL implements [state.Locks].
func (l *locks) ExtendTTL(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	return request(ctx, l.wire, fault.LockRequest(key), nil, func() (bool, error) {
		extended, err := l.inner.ExtendTTL(background, key, owner, ttl)
		if extended {
			l.watcher.sawLock(lockSeen{key, owner, ttl, true})
		}
		return extended, err
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
	if taken, _ := l.inner.Take(background, key, owner, ttl); taken.Mine {
		l.watcher.sawLock(lockSeen{key, owner, ttl, true})
	}
}
