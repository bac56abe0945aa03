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
)

var (
	_ flow.Store     = (*Store)(nil)
	_ flow.Directory = (*Store)(nil)
)

// Store is a [flow.Store] and [flow.Directory] in memory. It is safe for
// concurrent use, shares no memory with its callers, and keeps times as
// precisely as a durable store does: to the millisecond, the last update and
// the expiry to the second. Nothing expires. A cancelled context is reported
// before anything is done.
type Store struct {
	mu         sync.Mutex
	runs       map[string]*items
	blueprints map[string][]byte
}

// items is everything that is kept under one run id.
type items struct {
	run    *flow.Run
	input  json.RawMessage
	tasks  map[flow.TaskKey]flow.TaskRecord
	joins  map[flow.TaskKey]flow.Join
	values map[string]flow.ContextValue
	timers map[timerKey]flow.Timer
}

type timerKey struct {
	flow.TaskKey
	attempt int
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{runs: map[string]*items{}, blueprints: map[string][]byte{}}
}

// Create implements [flow.Store].
func (s *Store) Create(ctx context.Context, run flow.Run) (flow.Run, error) {
	if err := ctx.Err(); err != nil {
		return flow.Run{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.of(run.ID)
	// Key: the run. Condition: there is none. Effect: run and input are there.
	// Conflict: the run exists; the caller judges by its start.
	if flow.GuardCreate().Holds(runItem(kept.run)) {
		input := run.Input
		run.Input, run.Outputs = nil, nil
		stored := cloneRun(run)
		kept.run, kept.input = &stored, bytes.Clone(input)
		return cloneRun(stored), nil
	}
	stored := cloneRun(*kept.run)
	if run.Mine(stored) {
		return stored, nil
	}
	return stored, fmt.Errorf("create run %s: %w", run.ID, flow.ErrConflict)
}

// Load implements [flow.Store]: everything as of one moment.
func (s *Store) Load(ctx context.Context, set flow.ReadSet) (flow.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return flow.Snapshot{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.look(set.RunID)
	found := flow.Snapshot{
		Tasks:     pick(kept.tasks, set.Tasks, cloneTask),
		Joins:     pick(kept.joins, set.Joins, cloneJoin),
		Values:    pick(kept.values, set.Keys, cloneValue),
		Blueprint: bytes.Clone(s.blueprints[set.Blueprint]),
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

// Claim implements [flow.Store].
func (s *Store) Claim(ctx context.Context, claim flow.Claim) (flow.TaskRecord, error) {
	if err := ctx.Err(); err != nil {
		return flow.TaskRecord{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.of(claim.RunID)
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
	return cloneTask(stored), fmt.Errorf("claim task %s of run %s: %w", taskName(claim.TaskKey), claim.RunID, flow.ErrConflict)
}

// Arrive implements [flow.Store].
func (s *Store) Arrive(ctx context.Context, arrival flow.Arrival) (flow.Join, error) {
	if err := ctx.Err(); err != nil {
		return flow.Join{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	joins := s.of(arrival.RunID).joins
	join := joins[arrival.Join]
	join = flow.Join{
		Arrived: union(join.Arrived, arrival.Arrived),
		Taken:   union(join.Taken, arrival.Taken),
		First:   cmp.Or(join.First, arrival.First),
	}
	joins[arrival.Join] = join
	return cloneJoin(join), nil
}

// union adds to a sorted set.
func union(set, added []string) []string {
	for _, element := range added {
		if i, there := slices.BinarySearch(set, element); !there {
			set = slices.Insert(set, i, element)
		}
	}
	return set
}

// Run implements [flow.Directory].
func (s *Store) Run(ctx context.Context, runID string) (flow.Run, error) {
	found, err := s.Load(ctx, flow.ReadSet{RunID: runID, Run: true})
	if err != nil {
		return flow.Run{}, err
	}
	if found.Run == nil {
		return flow.Run{}, fmt.Errorf("run %s: %w", runID, flow.ErrNotFound)
	}
	return *found.Run, nil
}

// Tasks implements [flow.Directory]: the records as of the call's first step,
// by node and scope.
func (s *Store) Tasks(ctx context.Context, runID string) iter.Seq2[flow.TaskRecord, error] {
	return func(yield func(flow.TaskRecord, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(flow.TaskRecord{}, err)
			return
		}
		for _, task := range s.tasks(runID) {
			if !yield(task, nil) {
				return
			}
		}
	}
}

func (s *Store) tasks(runID string) []flow.TaskRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tasks []flow.TaskRecord
	for _, task := range s.look(runID).tasks {
		tasks = append(tasks, cloneTask(task))
	}
	slices.SortFunc(tasks, func(a, b flow.TaskRecord) int { return compareKeys(a.TaskKey, b.TaskKey) })
	return tasks
}

// look returns what is kept under a run id, to be read only. The caller holds the lock.
func (s *Store) look(runID string) *items { return cmp.Or(s.runs[runID], &items{}) }

// of returns what is kept under a run id, to be written to. The caller holds the lock.
func (s *Store) of(runID string) *items {
	kept := s.runs[runID]
	if kept == nil {
		kept = &items{
			tasks: map[flow.TaskKey]flow.TaskRecord{}, joins: map[flow.TaskKey]flow.Join{},
			values: map[string]flow.ContextValue{}, timers: map[timerKey]flow.Timer{},
		}
		s.runs[runID] = kept
	}
	return kept
}
