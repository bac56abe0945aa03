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

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Store is a [state.Store] and [state.Directory] in memory. It is safe for
// concurrent use, shares no memory with its callers, and keeps times as
// precisely as a durable store does: to the millisecond, the last update and
// the expiry to the second. Nothing expires. A cancelled context is reported
// before anything is done.
type Store struct {
	mu  sync.Mutex
	all contents
}

// contents are all items. The store's lock is held by who uses them.
type contents struct {
	runs       map[string]*items // by run id
	blueprints map[string][]byte // by hash
}

// items is everything that is kept under one run id.
type items struct {
	run    *state.Run
	input  json.RawMessage
	tasks  map[state.TaskKey]state.TaskRecord
	joins  map[state.TaskKey]state.Join
	values map[string]state.ContextValue
	timers map[timerKey]state.Timer
}

type timerKey struct {
	state.TaskKey
	attempt int
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{all: contents{runs: map[string]*items{}, blueprints: map[string][]byte{}}}
}

// Create implements [state.Store].
func (s *Store) Create(ctx context.Context, run state.Run) (state.Run, error) {
	if err := ctx.Err(); err != nil {
		return state.Run{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.all.of(run.ID)
	// Key: the run. Condition: there is none. Effect: run and input are there.
	// Conflict: the run exists; the caller judges by its start.
	if state.GuardCreate().Holds(runItem(kept.run)) {
		input := run.Input
		run.Input = nil
		stored := cloneRun(run)
		kept.run, kept.input = &stored, bytes.Clone(input)
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
		Tasks:     pick(kept.tasks, set.Tasks, cloneTask),
		Joins:     pick(kept.joins, set.Joins, cloneJoin),
		Values:    pick(kept.values, set.Keys, cloneValue),
		Blueprint: bytes.Clone(s.all.blueprints[set.Blueprint]),
	}
	if set.Run && kept.run != nil {
		found.Run = new(cloneRun(*kept.run))
	}
	if set.Input {
		found.Input = bytes.Clone(kept.input)
	}
	return found, nil
}

// pick copies what keys name and all has.
func pick[K comparable, V any](all map[K]V, keys []K, clone func(V) V) map[K]V {
	found := make(map[K]V, len(keys))
	for _, key := range keys {
		if v, ok := all[key]; ok {
			found[key] = clone(v)
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
	stored, exists := kept.tasks[claim.TaskKey]
	// Key: the task. Condition: the claim's guard. Effect: the lease is the
	// claim's. Conflict: the stored record decides what becomes of the message.
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
	join := joins[arrival.Join]
	join = state.Join{
		Arrived: union(join.Arrived, arrival.Arrived),
		Taken:   union(join.Taken, arrival.Taken),
		First:   cmp.Or(join.First, arrival.First), //rule:any-join-keeps-first = cmp.Or(arrival.First, join.First)
	}
	joins[arrival.Join] = join
	return cloneJoin(join), nil
}

// union adds to a sorted set.
func union(set, added []string) []string {
	for _, element := range added {
		if i, there := slices.BinarySearch(set, element); !there { //rule:arrivals-are-a-set = true
			set = slices.Insert(set, i, element)
		}
	}
	return set
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
func (s *Store) Blueprint(ctx context.Context, hash string) ([]byte, error) {
	found, err := s.Load(ctx, state.ReadSet{Blueprint: hash})
	if err != nil {
		return nil, err
	}
	if found.Blueprint == nil {
		return nil, fmt.Errorf("blueprint %s: %w", hash, flow.ErrNotFound)
	}
	return found.Blueprint, nil
}

// Tasks implements [state.Directory]: the records as of the call's first step,
// by node and scope.
func (s *Store) Tasks(ctx context.Context, runID string) iter.Seq2[state.TaskRecord, error] {
	return func(yield func(state.TaskRecord, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(state.TaskRecord{}, err)
			return
		}
		s.mu.Lock()
		tasks := s.all.tasks(runID)
		s.mu.Unlock()
		for _, task := range tasks {
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
			tasks: map[state.TaskKey]state.TaskRecord{}, joins: map[state.TaskKey]state.Join{},
			values: map[string]state.ContextValue{}, timers: map[timerKey]state.Timer{},
		}
		c.runs[runID] = kept
	}
	return kept
}
