package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var _ state.Locks = (*Locks)(nil)

// Locks are [state.Locks] in memory.
type Locks struct {
	now func() time.Time

	mu   sync.Mutex
	held map[string]lock
}

// String tells how many locks have been taken, ended ones included.
func (l *Locks) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%d locks in memory", len(l.held))
}

type lock struct {
	owner     string
	expiresAt time.Time
	takes     int // since it was released
}

// Attribute implements [state.Attributes].
func (l lock) Attribute(name string) any {
	switch name {
	case "owner":
		return l.owner
	case "expiresAt":
		return l.expiresAt.UnixMilli()
	}
	return nil
}

// NewLocks returns free locks that use the clock now.
func NewLocks(now func() time.Time) *Locks { return &Locks{now: now, held: map[string]lock{}} }

// Take implements [state.Locks].
func (l *Locks) Take(ctx context.Context, key, owner string, ttl time.Duration) (state.Taken, error) {
	if err := ctx.Err(); err != nil {
		return state.Taken{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// Key: the lock. Condition: it is free, or owner's. Effect: owner holds it
	// until then; a holder that let it expire is counted. Conflict: another owner
	// holds it.
	if !state.GuardLock(owner, l.now()).Holds(l.item(key)) {
		return state.Taken{}, nil
	}
	takes := l.held[key].takes + 1
	l.held[key] = lock{owner, l.now().Add(ttl), takes}
	return state.Taken{Mine: true, Deaths: takes - 1}, nil
}

// ExtendTTL implements [state.Locks].
func (l *Locks) ExtendTTL(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// Key: the lock. Condition: owner holds it. Effect: it expires later. Conflict:
	// owner no longer holds it.
	if !state.GuardHeld(owner, l.now()).Holds(l.item(key)) {
		return false, nil
	}
	l.held[key] = lock{owner, l.now().Add(ttl), l.held[key].takes}
	return true, nil
}

// Release implements [state.Locks].
func (l *Locks) Release(ctx context.Context, key, owner string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// Key: the lock. Condition: owner holds it. Effect: it is free. Conflict:
	// another owner holds it.
	if !state.GuardLockOwner(owner).Holds(l.item(key)) {
		return false, nil
	}
	delete(l.held, key)
	return true, nil
}

func (l *Locks) item(key string) state.Attributes {
	if held, ok := l.held[key]; ok {
		return held
	}
	return nil
}

// Held counts the locks that have not been released.
func (l *Locks) Held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.held)
}
