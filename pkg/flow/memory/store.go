package memory

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Store is a [state.Store] and [state.Directory] in memory. It is safe for
// concurrent use, shares no memory with its callers, and keeps times as precisely
// as a durable store does: to the millisecond, the last update and the expiry to
// the second. Nothing expires, unless [ExpireBy] gives it a clock, and no item is
// deleted in the background. A cancelled context is reported before anything is
// done.
type Store struct {
	now     func() time.Time // nil: nothing expires
	abridge int              // records with more edges are abridged

	mu  sync.Mutex
	all contents
}

// String tells how many runs are kept, and shows nothing of them.
func (s *Store) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("a store in memory of %d runs", len(s.all.runs))
}

// StoreOption changes a new store.
type StoreOption func(*Store)

// ExpireBy sets the clock by which items expire for readers. The conditions of
// writes carry their own times.
func ExpireBy(now func() time.Time) StoreOption { return func(s *Store) { s.now = now } }

// AbridgeAbove sets the number of edges above which loaded records have only those
// that were requested, 50 by default.
func AbridgeAbove(edges int) StoreOption { return func(s *Store) { s.abridge = edges } }

// contents are all items. Users must hold the store's lock.
type contents struct {
	runs       map[string]*items // by run id
	blueprints map[state.BlueprintKey]state.BlueprintVersion
}

// items is everything that is kept under one run id.
type items struct {
	run          *state.Run
	input        json.RawMessage
	inputExpires time.Time
	tasks        map[state.TaskKey]state.TaskRecord
	joins        map[state.JoinKey]state.Join
	values       map[string]value
	timers       map[timerKey]state.Timer
}

// value is a context key.
type value struct {
	state.ContextValue
	expires time.Time
}

type timerKey struct {
	state.TaskKey
	attempt int
}

// NewStore returns an empty store.
func NewStore(options ...StoreOption) *Store {
	s := &Store{abridge: 50, all: contents{runs: map[string]*items{}, blueprints: map[state.BlueprintKey]state.BlueprintVersion{}}}
	for _, option := range options {
		option(s)
	}
	return s
}

// gone reports whether an item counts as absent for readers.
func (s *Store) gone(expires time.Time) bool {
	return s.now != nil && !expires.IsZero() && expires.Unix() < s.now().Unix()
}

// Create implements [state.Store].
func (s *Store) Create(ctx context.Context, run state.Run) (state.Run, error) {
	if err := ctx.Err(); err != nil {
		return state.Run{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.all.of(run.ID)
	// Key: the run. Condition: there is none. Effect: run and input are stored.
	// Conflict: the run exists; the caller decides by its start.
	if state.GuardCreate(run.StartedAt).Holds(runItem(kept.run)) {
		input := run.Input
		run.Input = nil
		stored := cloneRun(run)
		kept.run, kept.input, kept.inputExpires = &stored, bytes.Clone(input), run.RecordsExpire()
		return cloneRun(stored), nil
	}
	stored := cloneRun(*kept.run)
	if run.Mine(stored) {
		return stored, nil
	}
	return stored, fmt.Errorf("create run %s: %w", run.ID, state.ErrConflict)
}

// Load implements [state.Store]: everything as of one moment.
func (s *Store) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return state.Snapshot{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.all.look(set.RunID)
	found := state.Snapshot{
		Tasks: pick(kept.tasks, set.Tasks, func(t state.TaskRecord) (state.TaskRecord, bool) {
			if !set.Writes {
				t = t.WithoutWrites()
			}
			return abridged(t, set.Edges, s.abridge), s.gone(t.Expires)
		}),
		Joins:     pick(kept.joins, set.Joins, func(j state.Join) (state.Join, bool) { return cloneJoin(j), s.gone(j.Expires) }),
		Values:    pick(kept.values, set.Keys, func(v value) (state.ContextValue, bool) { return cloneValue(v.ContextValue), s.gone(v.expires) }),
		Blueprint: bytes.Clone(s.all.blueprints[set.Blueprint].Body),
	}
	if set.Run && kept.run != nil && !s.gone(kept.run.Expires) {
		found.Run = new(cloneRun(*kept.run))
	}
	if set.Input && !s.gone(kept.inputExpires) {
		found.Input = bytes.Clone(kept.input)
	}
	if size := found.Size(set.Edges); !set.Bare && set.MaxBytes > 0 && size > set.MaxBytes {
		found.Strip()
		return found, fmt.Errorf("load run %s: %w", set.RunID, &state.TooLargeError{Bytes: size, Limit: set.MaxBytes})
	}
	if set.Bare {
		found.Strip()
	}
	return found, nil
}

// abridged copies a record, of one with more edges than most only those that are
// needed.
func abridged(t state.TaskRecord, needed []int, most int) state.TaskRecord {
	if needed == nil || len(t.Edges) <= most {
		return cloneTask(t)
	}
	all := t.Edges
	t.Edges = nil
	for _, edge := range all {
		if slices.Contains(needed, edge.Index) {
			t.Edges = append(t.Edges, edge)
		}
	}
	t.Abridged = len(t.Edges) < len(all)
	return cloneTask(t)
}

// pick copies the existing items that keys name.
func pick[K comparable, V, C any](all map[K]V, keys []K, copied func(V) (c C, gone bool)) map[K]C {
	found := make(map[K]C, len(keys))
	for _, key := range keys {
		if v, ok := all[key]; ok {
			if c, gone := copied(v); !gone {
				found[key] = c
			}
		}
	}
	return found
}

// Claim implements [state.Store].
func (s *Store) Claim(ctx context.Context, claim state.Claim) (state.TaskRecord, error) {
	if err := ctx.Err(); err != nil {
		return state.TaskRecord{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.all.of(claim.RunID)
	deleteGone(kept.tasks, claim.TaskKey, claim.Now)
	stored, exists := kept.tasks[claim.TaskKey]
	// Key: the task. Condition: the claim's guard. Effect: the lease is the
	// claim's. Conflict: the stored record decides about the message.
	if claim.Guard.Holds(taskItem(stored, exists)) {
		kept.tasks[claim.TaskKey] = cloneTask(claim.Apply(stored))
		return cloneTask(kept.tasks[claim.TaskKey]), nil
	}
	if claim.Mine(stored) {
		return cloneTask(stored), nil
	}
	return cloneTask(stored), fmt.Errorf("claim task %s of run %s: %w", claim.Name(), claim.RunID, state.ErrConflict)
}

// Arrive implements [state.Store].
func (s *Store) Arrive(ctx context.Context, arrival state.Arrival) (state.Join, error) {
	if err := ctx.Err(); err != nil {
		return state.Join{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	joins := s.all.of(arrival.RunID).joins
	deleteGone(joins, arrival.Join, arrival.Now)
	// Key: the join's set. Condition: the guard. Effect: the sets have grown.
	// Conflict: none from the engine, since an expired join was deleted.
	join, exists := joins[arrival.Join]
	if !arrival.Guard.Holds(joinItem(join, exists)) {
		return cloneJoin(join), fmt.Errorf("arrive at %s of run %s: %w", arrival.Join.Name(), arrival.RunID, state.ErrConflict)
	}
	joins[arrival.Join] = arrival.Apply(join)
	return cloneJoin(joins[arrival.Join]), nil
}

// deleteGone deletes an item whose time to expire has passed. Key: the item.
// Condition: [state.GuardGone]. Conflict: it does not exist, or has not expired.
func deleteGone[K comparable, V state.Attributes](items map[K]V, key K, now time.Time) {
	if item, ok := items[key]; ok && state.GuardGone(now).Holds(item) {
		delete(items, key)
	}
}

// Run implements [state.Directory].
func (s *Store) Run(ctx context.Context, runID string) (state.Run, error) {
	found, err := s.Load(ctx, state.ReadSet{RunID: runID, Run: true})
	if err != nil {
		return state.Run{}, err
	}
	if found.Run == nil {
		return state.Run{}, fmt.Errorf("run %s: %w", runID, flow.ErrNotFound)
	}
	return *found.Run, nil
}

// Blueprint implements [state.Directory].
func (s *Store) Blueprint(ctx context.Context, key state.BlueprintKey) ([]byte, error) {
	found, err := s.Load(ctx, state.ReadSet{Blueprint: key})
	if err != nil {
		return nil, err
	}
	if found.Blueprint == nil {
		return nil, fmt.Errorf("blueprint %s (%s): %w", key.ID, key.Hash, flow.ErrNotFound)
	}
	return found.Blueprint, nil
}

// Tasks implements [state.Directory]: the records as of the first step of the
// iteration, sorted by node and scope.
func (s *Store) Tasks(ctx context.Context, query state.TaskQuery) iter.Seq2[state.TaskRecord, error] {
	return func(yield func(state.TaskRecord, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(state.TaskRecord{}, err)
			return
		}
		s.mu.Lock()
		tasks := s.all.tasks(query.RunID)
		s.mu.Unlock()
		total := 0
		for _, task := range tasks {
			if s.gone(task.Expires) {
				continue
			}
			task = task.WithoutWrites()
			size := task.Size(nil)
			switch {
			case query.Bare:
				task = task.Strip()
			case query.MaxBytes > 0 && size > query.MaxBytes-total:
				task = task.Strip()
				task.Omitted = size
			default:
				total += size
			}
			if !yield(task, nil) {
				return
			}
		}
	}
}

func (c *contents) tasks(runID string) []state.TaskRecord {
	var tasks []state.TaskRecord
	for _, task := range c.look(runID).tasks {
		tasks = append(tasks, cloneTask(task))
	}
	slices.SortFunc(tasks, func(a, b state.TaskRecord) int { return compareKeys(a.TaskKey, b.TaskKey) })
	return tasks
}

// look returns the items of a run, to be read only.
func (c *contents) look(runID string) *items { return cmp.Or(c.runs[runID], &items{}) }

// of returns the items of a run, to be written to.
func (c *contents) of(runID string) *items {
	kept := c.runs[runID]
	if kept == nil {
		kept = &items{
			tasks: map[state.TaskKey]state.TaskRecord{}, joins: map[state.JoinKey]state.Join{},
			values: map[string]value{}, timers: map[timerKey]state.Timer{},
		}
		c.runs[runID] = kept
	}
	return kept
}
