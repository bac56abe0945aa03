package dynamo

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// commitRun changes a run's item.
//
// Key: status/run. Condition: the guard, and that the run exists.
// Effect: [flow.RunChange.Apply]; a large result is written before, in parts.
// Conflict: nothing is written.
func (s *Store) commitRun(ctx context.Context, change flow.RunChange, guard flow.Guard) error {
	u, written, parts := runUpdate(change)
	if err := s.putParts(ctx, parts); err != nil {
		return err
	}
	guard = flow.And(flow.GuardRun(change.RunID), guard)
	_, err := s.update(ctx, s.runPlace(change.RunID), guard, u, types.ReturnValueNone)
	if conflict, ok := errors.AsType[*conflictError](err); ok && sameChange(change, written, conflict.stored) {
		return nil
	}
	return err
}

// runUpdate is [flow.RunChange.Apply]: the update, the item it takes its
// attributes from, and the parts of a large result.
func runUpdate(change flow.RunChange) (update, item, []item) {
	after := change.Apply(flow.Run{ID: change.RunID})
	it := runItem(after)
	parts := spill(it, inRun)
	var u update
	if !change.LastUpdated.IsZero() {
		u.replace(it, tables.LastUpdated)
	}
	if !change.LastUpdated.IsZero() || change.Finish != nil {
		u.replace(it, tables.Active)
	}
	if change.ResetRescues {
		u.remove(tables.Rescues)
	}
	if change.StartOwner != "" {
		u.replace(it, tables.StartOwner, tables.StartLeaseUntil)
	}
	if change.Finish != nil {
		u.replace(it, finishNames...)
	}
	return u, it, parts
}

// finishNames are the attributes that the end of a run decides.
var finishNames = []string{
	tables.RunStatus, tables.Result, tables.Result + tables.RefSuffix,
	tables.Error, tables.FinishedAt, tables.TTL,
}

// sameChange reports whether the stored run can only be what the change left.
// A start's owner is one handling of one message; an end is known by all it
// says. That a run was touched, anybody may have done.
func sameChange(change flow.RunChange, written, stored item) bool {
	var names []string
	if change.StartOwner != "" {
		names = append(names, tables.StartOwner, tables.StartLeaseUntil)
	}
	if change.Finish != nil {
		names = append(names, finishNames...)
	}
	for _, name := range names {
		if !reflect.DeepEqual(stored[name], written[name]) {
			return false
		}
	}
	return len(names) > 0
}
