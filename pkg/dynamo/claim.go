package dynamo

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Claim implements [state.Store]. A claim that the same owner made before and still
// holds is success.
//
// Key: context/(run[~ITEMS], node#ID[@SCOPE]). Condition: the claim's guard.
// Effect: [state.Claim.Apply]. Conflict: an expired record is deleted, and the
// claim repeated; otherwise the stored record is returned, and decides.
func (s *Store) Claim(ctx context.Context, claim state.Claim) (state.TaskRecord, error) {
	record, err := s.claim(ctx, claim)
	if err != nil {
		return record, fmt.Errorf("claim %s: %w", where(claim.RunID, claim.TaskKey), err)
	}
	return record, nil
}

func (w *writer) claim(ctx context.Context, claim state.Claim) (state.TaskRecord, error) {
	p := w.items.task(claim.RunID, claim.TaskKey)
	after, err := w.requests.replace(ctx, p, claim.Guard, w.items.claimUpdate(claim), claim.Now)
	if err == nil {
		return w.values.task(ctx, after)
	}
	return w.values.judge(ctx, err, claim.Mine)
}

// claimUpdate returns the update of [state.Claim.Apply]. The attributes come from
// the task item, as in every other write of a record.
func (l items) claimUpdate(claim state.Claim) update {
	after := l.taskItem(claim.Apply(state.TaskRecord{}))
	var u update
	u.replace(after, tables.State, tables.Owner, tables.LeaseUntil, tables.Via, tables.TTL)
	u.count(tables.Starts, claim.Unseen)
	u.keep(tables.Failures, number(0))
	for _, name := range []string{tables.FiredBy, tables.StartedAt} {
		if value := after[name]; value != nil {
			u.keep(name, value)
		}
	}
	return u
}

// where names a task, or the run's end, in an error.
func where(runID string, task state.TaskKey) string {
	switch {
	case task.Node == "":
		return "the end of run " + runID
	case task.Scope == "":
		return "node " + task.Node + " of run " + runID
	}
	return "node " + task.Node + "@" + task.Scope + " of run " + runID
}
