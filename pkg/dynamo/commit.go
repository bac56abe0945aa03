package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Commit implements [state.Store]. A transition that was written before is
// success where an owner shows it: of a task, and of a run's start lease. The
// end of a run is a conflict then, as if another had ended it.
func (s *Store) Commit(ctx context.Context, transition state.Transition) (state.TaskRecord, error) {
	switch {
	case transition.Task != nil:
		task := *transition.Task
		record, err := s.commitTask(ctx, transition)
		return record, wrap(err, "commit %s as %s", where(task.RunID, task.TaskKey), task.State)
	case transition.Run != nil:
		return state.TaskRecord{}, wrap(s.commitRun(ctx, *transition.Run, transition.Guard), "update run %s", transition.Run.RunID)
	case transition.Timer != nil:
		timer := *transition.Timer
		return state.TaskRecord{}, wrap(s.commitTimer(ctx, timer, transition.Guard), "set timer of %s", where(timer.RunID, timer.TaskKey))
	case transition.Blueprint != nil:
		return state.TaskRecord{}, wrap(s.commitBody(ctx, *transition.Blueprint, transition.Guard), "store blueprint %s", transition.Blueprint.Hash)
	}
	return state.TaskRecord{}, errors.New("commit: the transition names nothing to write")
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// commitTask writes a task's record as a whole.
//
// Key: context/(run, node#ID[@SCOPE]), with writes also context/(run,
// ctx#NAME), in one transaction. Condition: the guard, on the record.
// Effect: the record and the writes; large values are written before, in parts.
// Conflict: the record that is there is returned, and decides.
func (s *Store) commitTask(ctx context.Context, transition state.Transition) (state.TaskRecord, error) {
	it := taskItem(*transition.Task)
	written := taskOf(it)
	err := s.putTask(ctx, it, transition)
	conflict, ok := errors.AsType[*conflictError](err)
	if !ok && err != nil {
		return state.TaskRecord{}, err
	}
	if !ok {
		return written, nil
	}
	stored, resolveErr := s.task(ctx, conflict.stored)
	if resolveErr != nil {
		return state.TaskRecord{}, resolveErr
	}
	if transition.Mine(stored) {
		return stored, nil
	}
	return stored, err
}

func (s *Store) putTask(ctx context.Context, it item, transition state.Transition) error {
	if len(transition.Writes) == 0 {
		if err := s.putParts(ctx, spill(it, inItem)); err != nil {
			return err
		}
		return s.put(ctx, s.names.Context, it, transition.Guard)
	}
	parts := spill(it, inTransaction)
	taskPut, err := putOne(s.names.Context, it, transition.Guard)
	if err != nil {
		return err
	}
	puts := []types.TransactWriteItem{taskPut}
	for _, write := range transition.Writes {
		value := valueItem(transition.Task.RunID, write.Key, write.ContextValue, transition.Task.Expires)
		parts = append(parts, spill(value, inTransaction)...)
		put, err := putOne(s.names.Context, value, state.Guard{})
		if err != nil {
			return err
		}
		puts = append(puts, put)
	}
	if err := s.putParts(ctx, parts); err != nil {
		return err
	}
	return s.transact(ctx, puts)
}

// commitTimer writes a timer.
//
// Key: coordination/timer#RUN#NODE[@SCOPE]#ATTEMPT. Condition: the guard.
// Effect: the timer, in the index of what is due. Conflict: nothing is written.
func (s *Store) commitTimer(ctx context.Context, timer state.Timer, guard state.Guard) error {
	return s.put(ctx, s.names.Coordination, timerItem(timer), guard)
}

// commitBody writes a blueprint's body.
//
// Key: context/(blueprint#HASH, body). Condition: the guard. Effect: the body,
// which has no ttl; a large one is written before, in parts. Conflict: nothing
// is written, and what is there has the same hash.
func (s *Store) commitBody(ctx context.Context, body state.BlueprintBody, guard state.Guard) error {
	it := bodyItem(body)
	if err := s.putParts(ctx, spill(it, inItem)); err != nil {
		return err
	}
	return s.put(ctx, s.names.Context, it, guard)
}
