package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Create implements [state.Store]. A run that this very start created before
// (same start message, same owner) is success.
//
// Key: status/run and context/(run, input), in one transaction.
// Condition: [state.GuardCreate] on the run.
// Effect: both items; large inputs are written before, in parts.
// Conflict: another start was first; its run is returned.
func (s *Store) Create(ctx context.Context, run state.Run) (state.Run, error) {
	created, err := s.create(ctx, run)
	if err != nil {
		return created, fmt.Errorf("create run %s: %w", run.ID, err)
	}
	return created, nil
}

func (s *Store) create(ctx context.Context, run state.Run) (state.Run, error) {
	it := runItem(run)
	created := runOf(it)
	err := s.putRun(ctx, run, it)
	conflict, ok := errors.AsType[*conflictError](err)
	if !ok {
		return created, err
	}
	stored, resolveErr := s.run(ctx, conflict.stored)
	if resolveErr != nil {
		return state.Run{}, resolveErr
	}
	if run.Mine(stored) {
		return stored, nil
	}
	return stored, err
}

func (s *Store) putRun(ctx context.Context, run state.Run, it item) error {
	parts := spill(it, inRun)
	if len(run.Input) == 0 {
		if err := s.putParts(ctx, parts); err != nil {
			return err
		}
		return s.put(ctx, s.names.Status, it, state.GuardCreate())
	}
	input := inputItem(run)
	parts = append(parts, spill(input, inTransaction)...)
	if err := s.putParts(ctx, parts); err != nil {
		return err
	}
	runPut, err := putOne(s.names.Status, it, state.GuardCreate())
	if err != nil {
		return err
	}
	inputPut, err := putOne(s.names.Context, input, state.Guard{})
	if err != nil {
		return err
	}
	return s.transact(ctx, []types.TransactWriteItem{runPut, inputPut})
}

// run is the run of an item, with its result wherever that is kept.
func (s *Store) run(ctx context.Context, it item) (state.Run, error) {
	if err := s.resolve(ctx, it); err != nil {
		return state.Run{}, err
	}
	return runOf(it), nil
}

// task is the record of an item, with its values wherever they are kept; the
// zero record where there is no item.
func (s *Store) task(ctx context.Context, it item) (state.TaskRecord, error) {
	if it == nil {
		return state.TaskRecord{}, nil
	}
	if err := s.resolve(ctx, it); err != nil {
		return state.TaskRecord{}, err
	}
	return taskOf(it), nil
}
