package engine

import (
	"context"
	"fmt"
	"time"

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
	snapshot, err := d.engine.store.Load(ctx, state.ReadSet{RunID: d.body.RunID, Run: true, Bare: true})
	switch {
	case err != nil:
		return comeBack{err}
	case snapshot.Run == nil:
		return m.beforeStart(ctx)
	case d.message.Intake && state.RoleOf(snapshot.Run.StartedBy) != state.RoleOf(d.message.Sender): //rule:intake-cancels-own-runs
		return reject{rejected("run %s was started by another sender: through the intake queue only its own runs can be cancelled", d.body.RunID)}
	case snapshot.Run.Status.Terminal():
		return acknowledge{}
	}
	s.run = *snapshot.Run
	if err := s.readable(); err != nil {
		return comeBack{err}
	}
	f := state.Finish{Status: flow.Cancelled, Error: m.failure(), By: d.message.Sender, ByStated: d.body.By} //rule:cancel-ends-run = state.Finish{Status: flow.Running}
	if err := s.ending.finish(ctx, state.GuardRunning(), f, m.event()); err != nil {
		return comeBack{err}
	}
	return acknowledge{}
}

// cancelledKept is how long a run that was cancelled before its start is kept: longer
// than any queue keeps its start.
const cancelledKept = 14 * 24 * time.Hour

// intakeWaits is how long a cancel by the intake queue waits for its start, each time.
const intakeWaits = 10 * time.Second

// beforeStart cancels a run whose start has not come yet: the start will find it
// ended. A run that never was is kept as cancelled, too.
func (m *cancelMessage) beforeStart(ctx context.Context) answer {
	d, now := m.delivery, m.delivery.engine.config.Now()
	if d.message.Intake { // whose run it will be is not known
		if d.nearDeadLetter() {
			return reject{rejected("there is no run %s: through the intake queue a run can be cancelled once it has started", d.body.RunID)}
		}
		return comeBackAt(now.Add(intakeWaits))
	}
	run := state.Run{
		ID: d.body.RunID, Format: state.Format, Tenant: d.body.Tenant, Status: flow.Cancelled, Error: m.failure(),
		CancelledBy: d.message.Sender, CancelledByStated: d.body.By, StartedAt: now, FinishedAt: now, LastUpdated: now.Truncate(time.Second), Expires: now.Add(cancelledKept),
	}
	// Key: the run. Condition: there is none with this id. Effect: it has ended before
	// it began. Conflict: its start was faster; the message comes back and ends it.
	//rule:cancel-before-start-ends-run = state.Run{}, error(nil)
	_, err := d.engine.store.Create(ctx, run)
	if err != nil {
		return comeBack{fmt.Errorf("cancel before the start: %w", err)}
	}
	d.session.teller.tell(ctx, m.event())
	return acknowledge{}
}

func (m *cancelMessage) failure() *flow.Failure {
	reason := decide.Reason(m.delivery.body.Reason)
	if reason == "" {
		return nil
	}
	return &flow.Failure{Code: codeCancelled, Message: reason}
}

func (m *cancelMessage) event() flow.Event {
	return flow.Event{Kind: flow.RunCancelled, Reason: decide.Reason(m.delivery.body.Reason)}
}
