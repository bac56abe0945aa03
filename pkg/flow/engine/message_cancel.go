package engine

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// codeCancelled is the code of a cancelled run's error, whose message is the
// reason.
const codeCancelled = "cancelled"

// cancelMessage ends a run, even if it was redriven meanwhile. Tasks in flight may
// still record their outcome, but nothing follows from it.
type cancelMessage struct{ delivery *delivery }

func (m *cancelMessage) open(ctx context.Context) answer {
	d, s := m.delivery, m.delivery.session
	snapshot, err := d.engine.store.Load(ctx, state.ReadSet{RunID: d.body.RunID, Run: true})
	switch {
	case err != nil:
		return m.unwritten(ctx, err)
	case snapshot.Run == nil:
		//rule:cancel-waits-for-run = acknowledge{}
		return d.notYet(fmt.Errorf("cancel run %s: it does not exist (yet): %w", d.body.RunID, flow.ErrNotFound))
	case snapshot.Run.Status.Terminal():
		return acknowledge{}
	}
	s.run = *snapshot.Run
	if err := s.readable(); err != nil {
		return m.unwritten(ctx, err)
	}
	reason := decide.Reason(d.body.Reason)
	f := state.Finish{Status: flow.Cancelled} //rule:cancel-ends-run = state.Finish{Status: flow.Running}
	if reason != "" {
		f.Error = &flow.Failure{Code: codeCancelled, Message: reason}
	}
	if err := s.ending.finish(ctx, state.GuardRunning(), f, flow.Event{Kind: flow.RunCancelled, Reason: reason}); err != nil {
		return m.unwritten(ctx, err)
	}
	return acknowledge{}
}

// unwritten answers a cancel that the store did not take: a failing store must not
// make it a dead letter.
func (m *cancelMessage) unwritten(ctx context.Context, err error) answer {
	if m.delivery.nearDeadLetter() {
		return m.delivery.sendAgain(ctx)
	}
	return comeBack{err}
}
