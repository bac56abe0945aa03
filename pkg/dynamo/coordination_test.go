package dynamo

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// locks are a coordination store whose clock stands still until moved.
type locks struct {
	*CoordinationStore
	fixture
	clock *time.Time
}

func setupLocks(t *testing.T) locks {
	f := setup(t)
	clock := new(now)
	f.Store = New(f.client, testNames, Config{Now: func() time.Time { return *clock }})
	return locks{NewCoordinationStore(f.Store), f, clock}
}

func (l locks) expect(t *testing.T, what string, want bool) func(bool, error) {
	t.Helper()
	return func(got bool, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s = %v, %v, want %v", what, got, err, want)
		}
	}
}

func (l locks) holds(t *testing.T, key, want string) {
	t.Helper()
	got, ok, err := l.Get(t.Context(), key)
	if err != nil || ok != (want != "") || got != want {
		t.Errorf("Get(%s) = %q, %v, %v, want %q", key, got, ok, err, want)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	l := setupLocks(t)
	ctx := t.Context()
	const key = "lock#r"
	l.holds(t, key, "")
	l.expect(t, "take", true)(l.SetIfNotExist(ctx, key, "me", time.Minute))
	l.expect(t, "take again", true)(l.SetIfNotExist(ctx, key, "me", time.Minute))
	l.expect(t, "take another's", false)(l.SetIfNotExist(ctx, key, "you", time.Minute))
	l.holds(t, key, "me")

	*l.clock = now.Add(time.Minute)
	l.expect(t, "take another's in its last moment", false)(l.SetIfNotExist(ctx, key, "you", time.Minute))
	l.holds(t, key, "me")
	l.expect(t, "extend another's", false)(l.ExtendTTL(ctx, key, "you", time.Minute))
	l.expect(t, "extend", true)(l.ExtendTTL(ctx, key, "me", time.Minute))

	*l.clock = now.Add(2*time.Minute + time.Millisecond)
	l.holds(t, key, "")
	l.expect(t, "extend an expired lock", false)(l.ExtendTTL(ctx, key, "me", time.Minute))
	l.expect(t, "take an expired lock", true)(l.SetIfNotExist(ctx, key, "you", time.Minute))
	l.expect(t, "release another's", false)(l.Release(ctx, key, "me"))
	l.holds(t, key, "you")
	l.expect(t, "release", true)(l.Release(ctx, key, "you"))
	l.expect(t, "release again", true)(l.Release(ctx, key, "you"))
	l.holds(t, key, "")
	l.expect(t, "extend a missing lock", false)(l.ExtendTTL(ctx, key, "me", time.Minute))
	if it := l.stored(t, l.items.coordination(key)); it != nil {
		t.Errorf("extending a missing lock wrote %v", it)
	}
}

func TestLock_item_outlives_the_lock(t *testing.T) {
	t.Parallel()
	l := setupLocks(t)
	l.expect(t, "take", true)(l.SetIfNotExist(t.Context(), "lock#r", "me", 1500*time.Millisecond))
	it := l.stored(t, l.items.coordination("lock#r"))
	equal(t, "expiresAt", it.number(tables.ExpiresAt), now.UnixMilli()+1500)
	if ttl := it.number(tables.TTL); ttl*1000 < now.UnixMilli()+1500 {
		t.Errorf("ttl = %d: DynamoDB may delete it before it is over", ttl)
	}
}

// The holders that did not release a lock are counted.
func TestTake_counts_deaths(t *testing.T) {
	t.Parallel()
	l := setupLocks(t)
	take := func(owner string, want state.Taken) {
		t.Helper()
		got, err := l.Take(t.Context(), "lock#x", owner, time.Minute)
		if err != nil || got != want {
			t.Errorf("%s: Take = %v, %v, want %v", owner, got, err, want)
		}
	}
	take("a", state.Taken{Mine: true})
	take("b", state.Taken{})
	*l.clock = l.clock.Add(2 * time.Minute)
	take("b", state.Taken{Mine: true, Deaths: 1})
	if held, err := l.ExtendTTL(t.Context(), "lock#x", "b", time.Hour); !held || err != nil {
		t.Errorf("ExtendTTL = %v, %v", held, err)
	}
	*l.clock = l.clock.Add(30 * time.Minute)
	take("c", state.Taken{})
	*l.clock = l.clock.Add(time.Hour)
	take("c", state.Taken{Mine: true, Deaths: 2})
	if released, err := l.Release(t.Context(), "lock#x", "c"); !released || err != nil {
		t.Errorf("Release = %v, %v", released, err)
	}
	take("d", state.Taken{Mine: true})
}

func TestLock_has_one_holder(t *testing.T) {
	t.Parallel()
	l := setupLocks(t)
	var held atomic.Int32
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			got, err := l.SetIfNotExist(t.Context(), "lock#r", string(rune('a'+n)), time.Minute)
			if err != nil {
				t.Error(err)
			}
			if got {
				held.Add(1)
			}
		})
	}
	wg.Wait()
	if held.Load() != 1 {
		t.Errorf("%d holders, want 1", held.Load())
	}
}

func TestDelete_ignores_the_owner(t *testing.T) {
	t.Parallel()
	l := setupLocks(t)
	l.expect(t, "take", true)(l.SetIfNotExist(t.Context(), "lock#r", "me", time.Minute))
	for range 2 {
		if err := l.Delete(t.Context(), "lock#r"); err != nil {
			t.Error(err)
		}
	}
	l.expect(t, "take", true)(l.SetIfNotExist(t.Context(), "lock#r", "you", time.Minute))
}

func TestIncrement(t *testing.T) {
	t.Parallel()
	l := setupLocks(t)
	count := func(want int64) {
		t.Helper()
		got, err := l.Increment(t.Context(), "count", time.Minute)
		if err != nil || got != want {
			t.Errorf("Increment = %d, %v, want %d", got, err, want)
		}
	}
	count(1)
	count(2)
	l.holds(t, "count", "2")
	*l.clock = now.Add(time.Minute)
	count(3)
	*l.clock = now.Add(2*time.Minute + time.Millisecond)
	l.holds(t, "count", "")
	count(1)

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := l.Increment(t.Context(), "together", time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l.holds(t, "together", "8")
}

func TestTTL_must_be_positive(t *testing.T) {
	t.Parallel()
	l := NewCoordinationStore(New(nil, testNames, Config{}))
	for _, ttl := range []time.Duration{0, -1} {
		if _, err := l.Increment(t.Context(), "k", ttl); err == nil {
			t.Errorf("increment for %v: no error", ttl)
		}
		if _, err := l.SetIfNotExist(t.Context(), "k", "me", ttl); err == nil {
			t.Errorf("lock for %v: no error", ttl)
		}
		if _, err := l.ExtendTTL(t.Context(), "k", "me", ttl); err == nil {
			t.Errorf("extend for %v: no error", ttl)
		}
	}
}
