package flow

import (
	"context"
	"errors"
	"fmt"
)

// codeCancelled is the code of a cancelled run's error, which holds the reason.
const codeCancelled = "cancelled"

// cancel ends a running run. On its last receive it is sent again when the
// store fails, so that it never reaches the dead-letter queue.
func (h *handling) cancel(ctx context.Context) error {
	err := h.cancelRun(ctx)
	switch {
	case errors.Is(err, ErrNotFound):
		return h.notYet(err)
	case err != nil && h.handsOver():
		return h.sendAgain(ctx)
	}
	return err
}

// cancelRun ends the run, redriven meanwhile or not. Tasks in flight may still
// record their outcome, but lead nowhere.
func (h *handling) cancelRun(ctx context.Context) error {
	snapshot, err := h.store.Load(ctx, ReadSet{RunID: h.body.RunID, Run: true})
	switch {
	case err != nil:
		return err
	case snapshot.Run == nil:
		return fmt.Errorf("cancel run %s: it is not there (yet): %w", h.body.RunID, ErrNotFound)
	case snapshot.Run.Status.Terminal():
		return nil
	}
	h.run = *snapshot.Run
	f := Finish{Status: Cancelled}
	if h.body.Reason != "" {
		f.Error = &Failure{Code: codeCancelled, Message: truncate(h.body.Reason, maxMessage)}
	}
	return h.finish(ctx, GuardRunning(), f, Event{Kind: RunCancelled, Reason: truncate(h.body.Reason, maxMessage)})
}
