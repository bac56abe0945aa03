package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Create implements [state.Store]. A run that this very start created before (same
// start message, same owner) is success.
//
// Key: status/run. Condition: [state.GuardCreate]. Effect: the run, replacing an
// expired one; its input is written before, under its content's hash, so that another
// start's is another item. Conflict: another start was first; its run is returned.
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

// putRun writes the input before the run that names it.
func (w *writer) putRun(ctx context.Context, run state.Run, it item) error {
	if len(run.Input) > 0 {
		if err := w.putInput(ctx, run); err != nil {
			return err
		}
	}
	return w.values.put(ctx, w.items.run(run.ID).table, it, inRun, state.GuardCreate(run.StartedAt))
}

// putInput writes a run's input.
//
// Key: context/(run, input#HASH). Condition: [state.GuardOutlives]; the key determines
// the content. Effect: the input; a large one is written before, in parts. Conflict: it
// is there, for at least as long.
func (w *writer) putInput(ctx context.Context, run state.Run) error {
	err := w.values.put(ctx, w.items.names.Context, w.items.inputItem(run), inInput, state.GuardOutlives(run.RecordsExpire()))
	if errors.Is(err, state.ErrConflict) {
		return nil
	}
	return err
}
