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

// CoordinationStore is Flowcraft's store of locks and counters by key. A lock
// and a counter end when their time is over by this store's clock
// ([Config.Now]), to the millisecond: DynamoDB's own TTL, which deletes days
// late, only cleans up behind. Clocks that differ by a second make locks that
// overlap by a second, so what a lock guards must bear two holders, or check on
// its own.
//
// Keys are as given; those that begin with "join#", "end#" and "timer#" are the
// engine's, and a lock's are "lock#…" by custom.
type CoordinationStore struct {
	store *Store
}

// String names the table.
func (c *CoordinationStore) String() string {
	return "locks and counters in " + c.store.layout.names.Coordination
}

var _ state.Locks = (*CoordinationStore)(nil)

// NewCoordinationStore returns the locks and counters of the store's
// coordination table.
func NewCoordinationStore(store *Store) *CoordinationStore { return &CoordinationStore{store} }

// Increment adds one to a counter, lets it last for ttl from now, and returns
// the new value. A counter that was not there or is over begins at 1. It is not
// safe to repeat: where an answer was lost, the SDK's own repetition may have
// counted twice. What must be counted exactly is better kept as a set.
//
// Key: coordination/key. Condition: it is not over. Effect: value + 1.
// Conflict: it is begun anew, if it still is over then.
func (c *CoordinationStore) Increment(ctx context.Context, key string, ttl time.Duration) (int64, error) {
	value, err := c.increment(ctx, key, ttl)
	if err != nil {
		return 0, fmt.Errorf("increment %s: %w", key, err)
	}
	return value, nil
}

func (c *CoordinationStore) increment(ctx context.Context, key string, ttl time.Duration) (int64, error) {
	p := c.store.layout.coordination(key)
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
		if err := expire(&u, now, ttl); err != nil {
			return 0, err
		}
		after, err := c.store.requests.update(ctx, p, guard, u, types.ReturnValueAllNew)
		if !errors.Is(err, state.ErrConflict) {
			return after.number(tables.Value), err
		}
	}
	return 0, errors.New("the counter ended and began anew again and again; is its ttl too short?")
}

// expire sets when the item is over, and when DynamoDB may delete it.
func expire(u *update, now time.Time, ttl time.Duration) error {
	if ttl <= 0 {
		return fmt.Errorf("a ttl of %v: it must be positive", ttl)
	}
	end := now.Add(ttl)
	u.set(tables.ExpiresAt, millis(end))
	u.set(tables.TTL, number(end.Unix()+1)) // never before it is over
	return nil
}

// SetIfNotExist takes the lock key for owner until ttl from now, and reports
// whether owner has it now. An owner that has it already keeps it, with the new
// ttl, so repeating is safe. Owners must be unique to who takes the lock: a
// random token, not a constant.
//
// Key: coordination/key. Condition: [state.GuardLock]. Effect: owner and end.
// Conflict: somebody else has it; false.
func (c *CoordinationStore) SetIfNotExist(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	now := c.store.requests.config.Now()
	var u update
	u.set(tables.Owner, text(owner))
	return c.hold(ctx, key, u, state.GuardLock(owner, now), now, ttl)
}

// ExtendTTL lets the lock last until ttl from now, and reports whether it did:
// only while owner has it and it is not over. Repeating is safe.
//
// Key: coordination/key. Condition: [state.GuardHeld]. Effect: the new end.
// Conflict: owner has it no more; false.
func (c *CoordinationStore) ExtendTTL(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	now := c.store.requests.config.Now()
	return c.hold(ctx, key, update{}, state.GuardHeld(owner, now), now, ttl)
}

func (c *CoordinationStore) hold(ctx context.Context, key string, u update, guard state.Guard, now time.Time, ttl time.Duration) (bool, error) {
	if err := expire(&u, now, ttl); err != nil {
		return false, fmt.Errorf("lock %s: %w", key, err)
	}
	_, err := c.store.requests.update(ctx, c.store.layout.coordination(key), guard, u, types.ReturnValueNone)
	if errors.Is(err, state.ErrConflict) {
		return false, nil
	}
	return err == nil, wrap(err, "lock %s", key)
}

// Release gives the lock back, and reports whether it is free of owner by this
// call or was before: false means that somebody else has it, so that it was
// over before owner was done. Repeating is safe.
//
// Key: coordination/key. Condition: [state.GuardLockOwner]. Effect: it is gone.
// Conflict: nobody has it, which is as well, or somebody else.
func (c *CoordinationStore) Release(ctx context.Context, key, owner string) (bool, error) {
	err := c.store.requests.delete(ctx, c.store.layout.coordination(key), state.GuardLockOwner(owner))
	if conflict, ok := errors.AsType[*conflictError](err); ok {
		return conflict.stored == nil, nil
	}
	return err == nil, wrap(err, "release %s", key)
}

// Delete removes a lock or counter, whoever has it. That there is none is no
// error; repeating is safe as long as nobody may have taken it since.
//
// Key: coordination/key. No condition.
func (c *CoordinationStore) Delete(ctx context.Context, key string) error {
	return wrap(c.store.requests.delete(ctx, c.store.layout.coordination(key), state.Guard{}), "delete %s", key)
}

// Get returns who has a lock, or where a counter stands, and whether there is
// one that is not over.
func (c *CoordinationStore) Get(ctx context.Context, key string) (string, bool, error) {
	p := c.store.layout.coordination(key)
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
