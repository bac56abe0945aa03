package memory

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Commit implements [flow.Store].
func (s *Store) Commit(ctx context.Context, transition flow.Transition) (flow.TaskRecord, error) {
	if err := ctx.Err(); err != nil {
		return flow.TaskRecord{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case transition.Task != nil:
		return s.commitTask(transition)
	case transition.Run != nil:
		return flow.TaskRecord{}, s.commitRun(transition.Guard, *transition.Run)
	case transition.Timer != nil:
		return flow.TaskRecord{}, s.commitTimer(transition.Guard, *transition.Timer)
	case transition.Blueprint != nil:
		return flow.TaskRecord{}, s.commitBlueprint(transition.Guard, *transition.Blueprint)
	}
	return flow.TaskRecord{}, errors.New("commit: the transition names no item")
}

// Key: the task. Condition: the guard. Effect: the record is replaced, and the
// context writes are visible. Conflict: neither; the stored record decides.
func (s *Store) commitTask(transition flow.Transition) (flow.TaskRecord, error) {
	task := *transition.Task
	kept := s.of(task.RunID)
	stored, exists := kept.tasks[task.TaskKey]
	if transition.Guard.Holds(taskItem(stored, exists)) {
		kept.tasks[task.TaskKey] = cloneTask(task)
		for _, write := range transition.Writes {
			kept.values[write.Key] = cloneValue(write.ContextValue)
		}
		return cloneTask(task), nil
	}
	if transition.Mine(stored) {
		return cloneTask(stored), nil
	}
	return cloneTask(stored), fmt.Errorf("commit task %s of run %s: %w", taskName(task.TaskKey), task.RunID, flow.ErrConflict)
}

// Key: the run. Condition: it exists, and the guard. Effect: the named fields.
// Conflict: the run is not there, or not where the change supposes it.
func (s *Store) commitRun(guard flow.Guard, change flow.RunChange) error {
	kept := s.of(change.RunID)
	switch {
	case flow.And(flow.GuardRun(change.RunID), guard).Holds(runItem(kept.run)):
		kept.run = new(cloneRun(change.Apply(*kept.run)))
		return nil
	case kept.run != nil && change.Mine(*kept.run):
		return nil
	}
	return fmt.Errorf("change run %s: %w", change.RunID, flow.ErrConflict)
}

// Key: run, task and attempt. Condition: the guard. Effect: the timer is kept.
// Conflict: nothing is.
func (s *Store) commitTimer(guard flow.Guard, timer flow.Timer) error {
	timers := s.of(timer.RunID).timers
	key := timerKey{timer.TaskKey, timer.Attempt}
	stored, exists := timers[key]
	if !guard.Holds(timerItem(stored, exists)) {
		return fmt.Errorf("keep timer of task %s of run %s: %w", taskName(timer.TaskKey), timer.RunID, flow.ErrConflict)
	}
	timers[key] = cloneTimer(timer)
	return nil
}

// Key: the hash. Condition: the guard. Effect: the body can be loaded.
// Conflict: it can already.
func (s *Store) commitBlueprint(guard flow.Guard, body flow.BlueprintBody) error {
	_, exists := s.blueprints[body.Hash]
	if !guard.Holds(blueprintItem(body.Hash, exists)) {
		return fmt.Errorf("keep blueprint %s: %w", body.Hash, flow.ErrConflict)
	}
	s.blueprints[body.Hash] = bytes.Clone(body.Body)
	return nil
}

// Timers returns all timers that were committed, the earliest first.
func (s *Store) Timers() []flow.Timer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var timers []flow.Timer
	for _, kept := range s.runs {
		for _, timer := range kept.timers {
			timers = append(timers, timer)
		}
	}
	slices.SortFunc(timers, func(a, b flow.Timer) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), strings.Compare(a.RunID, b.RunID),
			compareKeys(a.TaskKey, b.TaskKey), cmp.Compare(a.Attempt, b.Attempt))
	})
	return timers
}

// takeTimer removes and returns the earliest timer.
func (s *Store) takeTimer() (flow.Timer, bool) {
	timers := s.Timers()
	if len(timers) == 0 {
		return flow.Timer{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	first := timers[0]
	delete(s.of(first.RunID).timers, timerKey{first.TaskKey, first.Attempt})
	return first, true
}

func compareKeys(a, b flow.TaskKey) int {
	return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(a.Scope, b.Scope))
}

func taskName(key flow.TaskKey) string {
	if key.Scope == "" {
		return key.Node
	}
	return key.Node + "@" + key.Scope
}
