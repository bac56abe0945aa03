package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// apply gives the context keys that a recorded task has written their values: before
// anything else follows from its record, since every task that comes after it reads them.
// Applying them again, late, or after a newer write changes nothing.
func (f *successors) apply(ctx context.Context, t state.TaskRecord) error {
	//rule:replay-applies-writes = map[bool][]state.ContextWrite{false: t.Writes}[f.session.hand.closed.Load()], error(nil)
	writes, err := f.writesOf(ctx, t)
	if err != nil {
		return err
	}
	keys := f.session.keys
	for _, w := range writes { //rule:writes-applied = []state.ContextWrite(nil)
		since := keys.since()
		// Key: the run's context key. Condition: its value is no newer than the write.
		// Effect: the value is that of the write. Conflict: a newer value stands.
		_, err := f.session.engine.store.Commit(ctx, state.Transition{
			Guard: state.GuardNewer(w.Clock, f.session.now()),
			Value: &state.ValueChange{RunID: t.RunID, ContextWrite: w, Expires: f.session.run.RecordsExpire()},
		})
		switch {
		case err == nil:
			keys.note(w, since)
		case errors.Is(err, state.ErrConflict):
			keys.lose(w)
		default:
			return err
		}
	}
	return nil
}

// writesOf returns the context writes of a record with their values, which are read if
// the record was loaded without them.
func (f *successors) writesOf(ctx context.Context, t state.TaskRecord) ([]state.ContextWrite, error) {
	if !slices.ContainsFunc(t.Writes, state.ContextWrite.Unread) {
		return t.Writes, nil
	}
	read, err := f.session.reader.whole(ctx, t.TaskKey)
	return read.Writes, err
}
