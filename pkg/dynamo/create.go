package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Create implements [state.Store]. A run that this very start created before (same
// start message, same owner) is success.
//
// Key: status/run and context/(run, input), in one transaction. Condition:
// [state.GuardCreate] on the run. Effect: both items, replacing expired ones; large
// inputs are written before, in parts. Conflict: another start was first; its run
// is returned.
func (s *Store) Create(ctx context.Context, run state.Run) (state.Run, error) {
	created, err := s.create(ctx, run)
	if err != nil {
		return created, fmt.Errorf("create run %s: %w", run.ID, err)
	}
	return created, nil
}

func (w *writer) create(ctx context.Context, run state.Run) (state.Run, error) {
	it := runItem(run)
	created := runOf(it)
	err := w.putRun(ctx, run, it)
	conflict, ok := errors.AsType[*conflictError](err)
	if !ok {
		return created, err
	}
	if err := w.values.resolve(ctx, &reading{}, conflict.stored); err != nil {
		return state.Run{}, err
	}
	stored := runOf(conflict.stored)
	if run.Mine(stored) {
		return stored, nil
	}
	return stored, err
}

func (w *writer) putRun(ctx context.Context, run state.Run, it item) error {
	guard := state.GuardCreate(run.StartedAt)
	if len(run.Input) == 0 {
		return w.values.put(ctx, w.items.run(run.ID).table, it, inRun, guard)
	}
	input := w.items.inputItem(run)
	parts := append(w.items.spill(it, inRun), w.items.spill(input, inInput)...)
	if err := w.values.write(ctx, parts); err != nil {
		return err
	}
	runPut, err := putOne(w.items.run(run.ID).table, it, guard)
	if err != nil {
		return err
	}
	inputPut, err := putOne(w.items.input(run.ID).table, input, state.Guard{})
	if err != nil {
		return err
	}
	return w.requests.transact(ctx, []types.TransactWriteItem{runPut, inputPut})
}
