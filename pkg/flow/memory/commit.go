package memory

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Commit implements [state.Store].
func (s *Store) Commit(ctx context.Context, transition state.Transition) (state.TaskRecord, error) {
	if err := ctx.Err(); err != nil {
		return state.TaskRecord{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case transition.Task != nil:
		return s.all.commitTask(transition)
	case transition.Value != nil:
		return state.TaskRecord{}, s.all.commitValue(transition.Guard, *transition.Value)
	case transition.Run != nil:
		return state.TaskRecord{}, s.all.commitRun(transition.Guard, *transition.Run)
	case transition.Timer != nil:
		return state.TaskRecord{}, s.all.commitTimer(transition.Guard, *transition.Timer)
	case transition.Blueprint != nil:
		return state.TaskRecord{}, s.all.commitBlueprint(transition.Guard, *transition.Blueprint)
	}
	return state.TaskRecord{}, errors.New("commit: the transition names no item")
}

// Key: the task. Condition: the guard. Effect: the record is replaced. Conflict: the
// stored record decides.
func (c *contents) commitTask(transition state.Transition) (state.TaskRecord, error) {
	task := *transition.Task
	kept := c.of(task.RunID)
	stored, exists := kept.tasks[task.TaskKey]
	if transition.Guard.Holds(taskItem(stored, exists)) {
		kept.tasks[task.TaskKey] = cloneTask(task)
		return cloneTask(task), nil
	}
	if transition.Mine(stored) {
		return cloneTask(stored), nil
	}
	return cloneTask(stored), fmt.Errorf("commit task %s of run %s: %w", task.Name(), task.RunID, state.ErrConflict)
}

// Key: the run's context key. Condition: the guard. Effect: its value is replaced.
// Conflict: another value stands.
func (c *contents) commitValue(guard state.Guard, change state.ValueChange) error {
	values := c.of(change.RunID).values
	stored, exists := values[change.Key]
	switch {
	case guard.Holds(valueItem(stored, exists)):
		change.Expires = second(change.Expires)
		change.ContextValue = cloneValue(change.ContextValue)
		values[change.Key] = value{change.ContextValue, change.Expires}
		return nil
	case change.Mine(stored.ContextValue):
		return nil
	}
	return fmt.Errorf("write context key of run %s: %w", change.RunID, state.ErrConflict)
}

// Key: the run. Condition: it exists, and the guard. Effect: the named fields.
// Conflict: the run does not exist, or is not in the state that the change expects.
func (c *contents) commitRun(guard state.Guard, change state.RunChange) error {
	kept := c.of(change.RunID)
	switch {
	case state.And(state.GuardRun(change.RunID), guard).Holds(runItem(kept.run)):
		kept.run = new(cloneRun(change.Apply(*kept.run)))
		return nil
	case kept.run != nil && change.Mine(*kept.run):
		return nil
	}
	return fmt.Errorf("change run %s: %w", change.RunID, state.ErrConflict)
}

// Key: run, task and attempt. Condition: the guard. Effect: the timer is stored.
// Conflict: nothing is.
func (c *contents) commitTimer(guard state.Guard, timer state.Timer) error {
	timers := c.of(timer.RunID).timers
	key := timerKey{timer.TaskKey, timer.Attempt}
	stored, exists := timers[key]
	if !guard.Holds(timerItem(stored, exists)) {
		return fmt.Errorf("keep timer of task %s of run %s: %w", timer.Name(), timer.RunID, state.ErrConflict)
	}
	timers[key] = cloneTimer(timer)
	return nil
}

// Key: the blueprint's id and hash. Condition: the guard. Effect: the body can be
// loaded, and the time of the last start is stored. Conflict: nothing is stored.
func (c *contents) commitBlueprint(guard state.Guard, version state.BlueprintVersion) error {
	_, exists := c.blueprints[version.BlueprintKey]
	if !guard.Holds(blueprintItem(version.BlueprintKey, exists)) {
		return fmt.Errorf("keep blueprint %s (%s): %w", version.ID, version.Hash, state.ErrConflict)
	}
	version.Body, version.StartedAt = bytes.Clone(version.Body), millisecond(version.StartedAt)
	c.blueprints[version.BlueprintKey] = version
	return nil
}

// Versions returns the started versions of a blueprint, the version started last
// first.
func (s *Store) Versions(blueprintID string) (versions []state.BlueprintVersion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, version := range s.all.blueprints {
		if key.ID == blueprintID {
			version.Body = bytes.Clone(version.Body)
			versions = append(versions, version)
		}
	}
	slices.SortFunc(versions, func(a, b state.BlueprintVersion) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), strings.Compare(a.Hash, b.Hash))
	})
	return versions
}

// Timers returns all timers that were committed, the earliest first.
func (s *Store) Timers() []state.Timer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.timers()
}

func (c *contents) timers() (timers []state.Timer) {
	for _, kept := range c.runs {
		for _, timer := range kept.timers {
			timers = append(timers, timer)
		}
	}
	slices.SortFunc(timers, func(a, b state.Timer) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), strings.Compare(a.RunID, b.RunID),
			compareKeys(a.TaskKey, b.TaskKey), cmp.Compare(a.Attempt, b.Attempt))
	})
	return timers
}

// takeTimer removes and returns the earliest timer.
func takeTimer(s *Store) (state.Timer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	timers := s.all.timers()
	if len(timers) == 0 {
		return state.Timer{}, false
	}
	first := timers[0]
	delete(s.all.of(first.RunID).timers, timerKey{first.TaskKey, first.Attempt})
	return first, true
}

func compareKeys(a, b state.TaskKey) int {
	return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(a.Scope, b.Scope))
}
