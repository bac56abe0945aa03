package dynamo

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// commitRun changes a run's item.
//
// Key: status/run. Condition: the guard, and that the run exists.
// Effect: [state.RunChange.Apply]; a large result is written before, in parts.
// Conflict: nothing is written.
func (s *Store) commitRun(ctx context.Context, change state.RunChange, guard state.Guard) error {
	u, parts := runUpdate(change)
	if err := s.putParts(ctx, parts); err != nil {
		return err
	}
	guard = state.And(state.GuardRun(change.RunID), guard)
	_, err := s.update(ctx, s.runPlace(change.RunID), guard, u, types.ReturnValueNone)
	if conflict, ok := errors.AsType[*conflictError](err); ok && change.Mine(runOf(conflict.stored)) {
		return nil
	}
	return err
}

// runUpdate is [state.RunChange.Apply], and the parts of a large result.
func runUpdate(change state.RunChange) (update, []item) {
	after := change.Apply(state.Run{ID: change.RunID})
	it := runItem(after)
	parts := spill(it, inRun)
	var u update
	if !change.LastUpdated.IsZero() {
		u.replace(it, tables.LastUpdated)
	}
	if !change.LastUpdated.IsZero() || change.Finish != nil || change.Leave {
		u.replace(it, tables.Active)
	}
	if change.ResetRescues || change.Rescues > 0 {
		u.replace(it, tables.Rescues)
	}
	if change.StartOwner != "" {
		u.replace(it, tables.StartOwner, tables.StartLeaseUntil)
	}
	if change.Finish != nil {
		u.replace(it, finishNames...)
	}
	return u, parts
}

// finishNames are the attributes that the end of a run decides.
var finishNames = []string{
	tables.RunStatus, tables.Result, tables.Result + tables.RefSuffix,
	tables.Error, tables.FinishedAt, tables.TTL,
}
