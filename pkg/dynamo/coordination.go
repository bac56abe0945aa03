package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// CoordinationStore is Flowcraft's store of locks and counters by key. A lock or
// counter expires by this store's clock ([Config.Now]), to the millisecond:
// DynamoDB's own TTL, which deletes days late, only cleans up. Clocks that differ
// by a second make locks that overlap by a second, so code guarded by a lock must
// tolerate two holders, or check on its own.
//
// Keys are stored as given; those that begin with "join#", "end#" and "timer#" are
// the engine's, and a lock's are "lock#…" by custom.
type CoordinationStore struct {
	store *Store
}

// String names the table.
func (c *CoordinationStore) String() string {
	return "locks and counters in " + c.store.items.names.Coordination
}

var _ state.Locks = (*CoordinationStore)(nil)

// NewCoordinationStore returns the locks and counters of the store's coordination
// table.
func NewCoordinationStore(store *Store) *CoordinationStore { return &CoordinationStore{store} }

// Increment adds one to a counter, sets it to expire ttl from now, and returns the
// new value. A missing or expired counter begins at 1. Repeating is not safe: after
// a lost answer, the SDK's own retry may have counted twice. For exact counts use a
// set instead.
//
// Key: coordination/key. Condition: it has not expired. Effect: value + 1.
// Conflict: it is restarted, if it is still expired then.
func (c *CoordinationStore) Increment(ctx context.Context, key string, ttl time.Duration) (int64, error) {
	value, err := c.increment(ctx, key, ttl)
	if err != nil {
		return 0, fmt.Errorf("increment %s: %w", key, err)
	}
	return value, nil
}

func (c *CoordinationStore) increment(ctx context.Context, key string, ttl time.Duration) (int64, error) {
	p := c.store.items.coordination(key)
	for try := range tries {
		now := c.store.requests.config.Now()
		guard := state.GuardLasts(now)
		var u update
		if try%2 == 0 {
			u.add(tables.Value, number(1))
		} else {
			guard = state.GuardExpired(now)
			u.set(tables.Value, number(1))
		}
		if err := expire(&u, now, ttl, 0); err != nil {
			return 0, err
		}
		after, err := c.store.requests.update(ctx, p, guard, u, types.ReturnValueAllNew)
		if !errors.Is(err, state.ErrConflict) {
			return after.number(tables.Value), err
		}
	}
	return 0, errors.New("the counter expired at each try; is its ttl too short?")
}

// expire sets when the item expires, and when DynamoDB may delete it: never before it
// expires, and not while it is kept.
func expire(u *update, now time.Time, ttl, kept time.Duration) error {
	if ttl <= 0 {
		return fmt.Errorf("a ttl of %v: it must be positive", ttl)
	}
	end := now.Add(ttl)
	u.set(tables.ExpiresAt, millis(end))
	u.set(tables.TTL, number(end.Add(kept).Unix()+1))
	return nil
}

// SetIfNotExist takes the lock key for owner until ttl from now, and reports
// whether owner holds it now. An owner that already holds it keeps it, with the new
// ttl, so repeating is safe. Each holder needs a unique owner: a random token, not
// a constant.
//
// Key: coordination/key. Condition: [state.GuardLock]. Effect: owner and expiry.
// Conflict: another owner holds it; false.
func (c *CoordinationStore) SetIfNotExist(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	now := c.store.requests.config.Now()
	var u update
	u.set(tables.Owner, text(owner))
	return c.hold(ctx, key, u, state.GuardLock(owner, now), now, ttl, 0)
}

// deathsKept is how long a lock that was not released is kept after it expired.
const deathsKept = 24 * time.Hour

// Take implements [state.Locks]: it is [CoordinationStore.SetIfNotExist] for a lock that
// tells whether its last holders died.
//
// Key: coordination/key. Condition: [state.GuardLock]. Effect: owner and expiry, and a
// holder more in deaths if the lock exists. Conflict: another owner holds it.
func (c *CoordinationStore) Take(ctx context.Context, key, owner string, ttl time.Duration) (state.Taken, error) {
	now := c.store.requests.config.Now()
	var u update
	if err := expire(&u, now, ttl, deathsKept); err != nil {
		return state.Taken{}, fmt.Errorf("lock %s: %w", key, err)
	}
	u.set(tables.Owner, text(owner))
	u.count(tables.Deaths, -1)
	after, err := c.store.requests.update(ctx, c.store.items.coordination(key), state.GuardLock(owner, now), u, types.ReturnValueAllNew)
	if errors.Is(err, state.ErrConflict) {
		return state.Taken{}, nil
	}
	return state.Taken{Mine: err == nil, Deaths: int(after.number(tables.Deaths))}, wrap(err, "lock %s", key)
}

// ExtendTTL sets the lock to expire ttl from now, and reports whether it did: only
// while owner holds it and it has not expired. Repeating is safe.
//
// Key: coordination/key. Condition: [state.GuardHeld]. Effect: the new expiry.
// Conflict: owner no longer holds it; false.
func (c *CoordinationStore) ExtendTTL(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	now := c.store.requests.config.Now()
	return c.hold(ctx, key, update{}, state.GuardHeld(owner, now), now, ttl, deathsKept)
}

func (c *CoordinationStore) hold(ctx context.Context, key string, u update, guard state.Guard, now time.Time, ttl, kept time.Duration) (bool, error) {
	if err := expire(&u, now, ttl, kept); err != nil {
		return false, fmt.Errorf("lock %s: %w", key, err)
	}
	_, err := c.store.requests.update(ctx, c.store.items.coordination(key), guard, u, types.ReturnValueNone)
	if errors.Is(err, state.ErrConflict) {
		return false, nil
	}
	return err == nil, wrap(err, "lock %s", key)
}

// Release releases the lock, and reports whether owner does not hold it any more
// and no other owner does: false means that another owner holds it, so that it
// expired before owner was done. Repeating is safe.
//
// Key: coordination/key. Condition: [state.GuardLockOwner]. Effect: it is deleted.
// Conflict: it does not exist, which is success, or another owner holds it.
func (c *CoordinationStore) Release(ctx context.Context, key, owner string) (bool, error) {
	err := c.store.requests.delete(ctx, c.store.items.coordination(key), state.GuardLockOwner(owner))
	if conflict, ok := errors.AsType[*conflictError](err); ok {
		return conflict.stored == nil, nil
	}
	return err == nil, wrap(err, "release %s", key)
}

// Delete removes a lock or counter, also another owner's. A missing one is no
// error; repeating is safe unless it may have been taken again since.
//
// Key: coordination/key. No condition.
func (c *CoordinationStore) Delete(ctx context.Context, key string) error {
	return wrap(c.store.requests.delete(ctx, c.store.items.coordination(key), state.Guard{}), "delete %s", key)
}

// Get returns the owner of a lock, or the value of a counter, and whether it exists
// and has not expired.
func (c *CoordinationStore) Get(ctx context.Context, key string) (string, bool, error) {
	p := c.store.items.coordination(key)
	found, err := c.store.requests.get(ctx, []place{p})
	if err != nil {
		return "", false, fmt.Errorf("get %s: %w", key, err)
	}
	it := found[p]
	if it == nil || it.number(tables.ExpiresAt) < c.store.requests.config.Now().UnixMilli() {
		return "", false, nil
	}
	if it[tables.Value] != nil {
		return strconv.FormatInt(it.number(tables.Value), 10), true, nil
	}
	return it.text(tables.Owner), true, nil
}
