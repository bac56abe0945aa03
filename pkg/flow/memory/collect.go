package memory

import (
	"cmp"
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
	c := &collection{now: now, pick: pick}
	var ids []string
	for id := range s.all.runs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		kept := s.all.runs[id]
		if kept.run != nil && c.takes(kept.run.Expires) {
			kept.run = nil
		}
		if kept.input != nil && c.takes(kept.inputExpires) {
			kept.input, kept.inputExpires = nil, time.Time{}
		}
		collect(c, kept.tasks, compareKeys, func(t state.TaskRecord) time.Time { return t.Expires })
		collect(c, kept.joins, compareJoins, func(j state.Join) time.Time { return j.Expires })
		collect(c, kept.values, strings.Compare, func(v value) time.Time { return v.expires })
		collect(c, kept.timers, compareTimers, func(t state.Timer) time.Time { return t.Expires })
	}
	return c.deleted, c.left
}

// collection is one pass over all items.
type collection struct {
	now           time.Time
	pick          func() bool
	deleted, left int
}

// takes reports whether an item has expired, and is picked.
func (c *collection) takes(expires time.Time) bool {
	if expires.IsZero() || expires.Unix() >= c.now.Unix() {
		return false
	}
	if !c.pick() {
		c.left++
		return false
	}
	c.deleted++
	return true
}

// collect deletes from one kind of items, in the order of their keys.
func collect[K comparable, V any](c *collection, items map[K]V, compare func(a, b K) int, expires func(V) time.Time) {
	var keys []K
	for key := range items {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compare)
	for _, key := range keys {
		if c.takes(expires(items[key])) {
			delete(items, key)
		}
	}
}

func compareJoins(a, b state.JoinKey) int {
	return cmp.Or(compareKeys(a.TaskKey, b.TaskKey), cmp.Compare(a.Shard, b.Shard))
}

func compareTimers(a, b timerKey) int {
	return cmp.Or(compareKeys(a.TaskKey, b.TaskKey), cmp.Compare(a.attempt, b.attempt))
}
