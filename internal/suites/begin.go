package suites

import (
	"cmp"
	"context"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Begin stores a run as its start left it, with nothing else done: the run pins the
// blueprint, whose body is stored, and is running, unless run says otherwise.
func Begin(ctx context.Context, store state.Store, b *flow.Blueprint, run state.Run) error {
	hash, err := b.Hash()
	if err != nil {
		return err
	}
	body, err := b.Body()
	if err != nil {
		return err
	}
	run.BlueprintID, run.BlueprintHash = b.ID, cmp.Or(run.BlueprintHash, hash)
	run.Status = cmp.Or(run.Status, flow.Running)
	if _, err := store.Create(ctx, run); err != nil {
		return err
	}
	_, err = store.Commit(ctx, state.Transition{Blueprint: &state.BlueprintVersion{
		BlueprintKey: state.BlueprintKey{ID: b.ID, Hash: hash}, Version: b.Version(), Body: body, StartedAt: run.StartedAt,
	}})
	return err
}
