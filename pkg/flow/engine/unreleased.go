package engine

import (
	"context"
	"maps"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// unreleased are the locks that a reconciler could not release. They would count as its
// deaths, and keep others from runs that have killed nobody, for longer each time.
type unreleased struct {
	locks state.Locks
	mu    sync.Mutex
	left  map[string]string // owners, by key
}

// mostUnreleased bounds the locks that are remembered: those of a tick.
const mostUnreleased = 10_000

// release releases a lock, now or at a later tick.
func (u *unreleased) release(ctx context.Context, key, owner string) error {
	_, err := u.locks.Release(ctx, key, owner) //rule:lock-released = false, error(nil)
	if err == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.left) < mostUnreleased { //rule:lock-released-later = false
		u.left[key] = owner
	}
	return err
}

// again releases the locks that are left, until one cannot be released either.
func (u *unreleased) again(ctx context.Context) {
	for key, owner := range u.taken() {
		if u.release(ctx, key, owner) != nil {
			break
		}
		u.mu.Lock()
		if u.left[key] == owner {
			delete(u.left, key)
		}
		u.mu.Unlock()
	}
}

func (u *unreleased) taken() map[string]string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.left)
}
