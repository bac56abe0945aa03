package memory

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Collect deletes items whose time to expire has passed, as a durable store does some
// time later, in any order: those for which pick returns true. It returns the numbers
// of the items that were deleted, and of those that were left.
func Collect(s *Store, now time.Time, pick func() bool) (deleted, left int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &collection{guard: state.GuardGone(now), pick: pick}
	for _, id := range slices.Sorted(maps.Keys(s.all.runs)) {
		kept := s.all.runs[id]
		c.ofRun(kept)
		collect(c, kept.tasks, compareKeys, func(t state.TaskRecord) state.Attributes { return t })
		collect(c, kept.joins, compareJoins, func(j state.Join) state.Attributes { return j })
		collect(c, kept.values, strings.Compare, func(v value) state.Attributes { return expiring(v.expires) })
		collect(c, kept.timers, compareTimers, func(t state.Timer) state.Attributes { return expiring(t.Expires) })
	}
	return c.deleted, c.left
}

// collection is one pass over all items.
type collection struct {
	guard         state.Guard
	pick          func() bool
	deleted, left int
}

// picked returns the zero value in the place of an expired item that is deleted.
func picked[V any](c *collection, v V) (kept V, deleted bool) {
	if !c.pick() {
		c.left++
		return v, false
	}
	c.deleted++
	return kept, true
}

// ofRun deletes a run's own item, and its input. Condition: [state.GuardGone].
func (c *collection) ofRun(kept *items) {
	if c.guard.Holds(runItem(kept.run)) {
		kept.run, _ = picked(c, kept.run)
	}
	if kept.input != nil && c.guard.Holds(expiring(kept.inputExpires)) {
		kept.input, _ = picked(c, kept.input)
	}
}

// collect deletes from one kind of items, in the order of their keys. Condition:
// [state.GuardGone].
func collect[K comparable, V any](c *collection, items map[K]V, compare func(a, b K) int, attributes func(V) state.Attributes) {
	for _, key := range slices.SortedFunc(maps.Keys(items), compare) {
		if !c.guard.Holds(attributes(items[key])) {
			continue
		}
		if _, deleted := picked(c, key); deleted {
			delete(items, key)
		}
	}
}

// expiring is an item of which only the time to expire matters.
func expiring(at time.Time) state.Attributes {
	if at.IsZero() {
		return attributes{}
	}
	return attributes{"ttl": at.Unix()}
}

func compareJoins(a, b state.JoinKey) int {
	return cmp.Or(compareKeys(a.TaskKey, b.TaskKey), cmp.Compare(a.Shard, b.Shard))
}

func compareTimers(a, b timerKey) int {
	return cmp.Or(compareKeys(a.TaskKey, b.TaskKey), cmp.Compare(a.attempt, b.attempt))
}
