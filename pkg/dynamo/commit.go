package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Commit implements [state.Store]. A transition that was written before is success
// if its owner proves it: for a task, and for a run's start lease. The end of a run
// is a conflict then, as if another writer had ended it.
func (s *Store) Commit(ctx context.Context, t state.Transition) (record state.TaskRecord, err error) {
	if t.Task != nil || t.Value != nil || t.Run != nil && t.Run.Finish != nil {
		ctx = patient(ctx)
	}
	switch {
	case t.Task != nil:
		record, err = s.commitTask(ctx, t)
		return record, wrap(err, "commit %s as %s", where(t.Task.RunID, t.Task.TaskKey), t.Task.State)
	case t.Value != nil:
		return record, wrap(s.commitValue(ctx, *t.Value, t.Guard), "write context key %s of run %s", t.Value.Key, t.Value.RunID)
	case t.Run != nil:
		return record, wrap(s.commitRun(ctx, *t.Run, t.Guard), "update run %s", t.Run.RunID)
	case t.Timer != nil:
		return record, wrap(s.commitTimer(ctx, *t.Timer, t.Guard), "set timer of %s", where(t.Timer.RunID, t.Timer.TaskKey))
	case t.Blueprint != nil:
		return record, wrap(s.commitBlueprint(ctx, *t.Blueprint, t.Guard), "store blueprint %s (%s)", t.Blueprint.ID, t.Blueprint.Hash)
	}
	return record, errors.New("commit: the transition names nothing to write")
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// commitTask writes a task's record as a whole.
//
// Key: context/(run[~ITEMS], node#ID[@SCOPE]). Condition: the guard. Effect: the
// record; large values are written before, in parts. Conflict: the stored record is
// returned, and decides.
func (w *writer) commitTask(ctx context.Context, t state.Transition) (state.TaskRecord, error) {
	it := w.items.taskItem(*t.Task)
	written := madeRecord(it) // before its large values are moved out
	parts := append(w.items.turnPages(it), w.items.spillWrites(it)...)
	err := w.values.write(ctx, parts)
	if err == nil {
		err = w.values.put(ctx, w.items.names.Context, it, inItem, t.Guard)
	}
	if err == nil {
		return written, nil
	}
	return w.values.judge(ctx, err, t.Mine)
}

// commitRun changes a run's item.
//
// Key: status/run. Condition: the guard, and that the run exists.
// Effect: [state.RunChange.Apply]; a large result is written before, in parts.
// Conflict: nothing is written.
func (w *writer) commitRun(ctx context.Context, change state.RunChange, guard state.Guard) error {
	after := runItem(change.Apply(state.Run{ID: change.RunID}))
	if err := w.values.write(ctx, w.items.spill(after, inRun)); err != nil {
		return err
	}
	guard = state.And(state.GuardRun(change.RunID), guard)
	_, err := w.requests.update(ctx, w.items.run(change.RunID), guard, runUpdate(change, after), types.ReturnValueNone)
	if conflict, ok := errors.AsType[*conflictError](err); ok && change.Mine(runOf(conflict.stored)) {
		return nil
	}
	return err
}

// commitTimer writes a timer.
//
// Key: coordination/timer#RUN#NODE[@SCOPE]#ATTEMPT. Condition: the guard. Effect:
// the timer, in the index of due timers. Conflict: nothing is written.
func (w *writer) commitTimer(ctx context.Context, timer state.Timer, guard state.Guard) error {
	return w.requests.put(ctx, w.items.names.Coordination, w.items.timerItem(timer), guard)
}

// commitBlueprint writes a version of a blueprint.
//
// Key: context/(blueprint@ID, HASH). Condition: the guard. Effect: the body, if
// large in parts that are written before, and the time of the last start; the time
// of the first start if there was none. Conflict: nothing is written.
func (w *writer) commitBlueprint(ctx context.Context, b state.BlueprintVersion, guard state.Guard) error {
	it := w.items.blueprintItem(b)
	if err := w.values.write(ctx, w.items.spill(it, inItem)); err != nil {
		return err
	}
	_, err := w.requests.update(ctx, w.items.blueprint(b.BlueprintKey), guard, blueprintUpdate(it), types.ReturnValueNone)
	return err
}
