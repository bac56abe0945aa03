package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// startMessage creates a run and leads on to its start nodes. The run's item is the
// start message's task record: the same message again replays it.
type startMessage struct{ delivery *delivery }

func (m *startMessage) open(ctx context.Context) answer {
	d, s := m.delivery, m.delivery.session
	p := d.engine.latest[d.body.BlueprintID]
	if p == nil {
		return m.withoutBlueprint(ctx)
	}
	run, err := m.newRun(p.plan)
	if err != nil {
		return over(err)
	}
	if d.nearDeadLetter() { //rule:start-sent-again
		if a := d.sendAgain(ctx, nil); !unsendable(a) {
			return a
		}
	}
	if err := d.engine.keep(ctx, p); err != nil {
		return comeBack{err}
	}
	defer s.room(ctx, len(run.Input))()
	// Key: the run. Condition: there is none with this id. Effect: the run, its
	// input, and this message's lease on it. Conflict: the run was started before.
	stored, err := d.engine.store.Create(ctx, run)
	if errors.Is(err, state.ErrConflict) {
		return m.again(ctx, stored, run)
	}
	if err != nil {
		return comeBack{err}
	}
	s.enter(run, p)
	s.view.SetInput(run.Input)
	s.keys.created()
	s.teller.tell(ctx, flow.Event{Kind: flow.RunStarted})
	return leadOnFrom{own: true}
}

// withoutBlueprint answers a start whose blueprint this worker lacks. If the
// message has already started its run, the run keeps its blueprint and goes on;
// otherwise a newer worker may have the blueprint.
func (m *startMessage) withoutBlueprint(ctx context.Context) answer {
	d := m.delivery
	missing := fmt.Sprintf("this worker has no blueprint %q: deploy it, or correct the message", decide.Truncate(d.body.BlueprintID, 60))
	if !m.validRunID() {
		return reject{rejected("no run id can be made of the message id %q: give the start a runId", decide.Truncate(m.runID(), 60))}
	}
	snapshot, err := d.engine.store.Load(ctx, state.ReadSet{RunID: m.runID(), Run: true, Bare: true})
	run := snapshot.Run
	switch {
	case err != nil:
		return comeBack{err}
	case run != nil && run.StartMessageID == d.message.OriginalID() && !run.Status.Terminal() && d.nearDeadLetter():
		return d.sendAgain(ctx, nil)
	case run != nil:
		return m.again(ctx, *run, m.asked())
	case d.waited(d.engine.config.MissingBlueprint):
		return reject{rejected("start: %s", missing)}
	}
	return d.awaitDeploy(ctx, missing)
}

// runID returns the run's id: the message's own id if the message names no run.
func (m *startMessage) runID() string {
	return cmp.Or(m.delivery.body.RunID, m.delivery.message.OriginalID())
}

// validRunID reports whether the message's run id is a valid one.
func (m *startMessage) validRunID() bool {
	body := m.delivery.body
	body.RunID = m.runID()
	return body.Check() == nil
}

func (m *startMessage) newRun(p *decide.Plan) (state.Run, error) {
	d, s := m.delivery, m.delivery.session
	id := m.runID()
	if !m.validRunID() {
		return state.Run{}, rejected("no run id can be made of the message id %q: give the start a runId", decide.Truncate(id, 60))
	}
	config := d.engine.config
	if size := len(d.body.Input); size > config.MaxValue {
		return state.Run{}, rejected("the input of run %s has %d bytes: the limit is %d, so store it elsewhere and send its place", id, size, config.MaxValue)
	}
	now := config.Now()
	b := p.Graph.Blueprint
	endsBy := now.Add(config.life(b))
	return state.Run{
		ID: id, Format: state.Format, EndsBy: endsBy, BlueprintID: b.ID, BlueprintVersion: b.Version(), BlueprintHash: p.Hash,
		Tenant: d.body.Tenant, //rule:run-keeps-tenant = ""
		Status: flow.Running, StartedAt: now, LastUpdated: now.Truncate(time.Second), Active: true,
		StartMessageID: d.message.OriginalID(), StartOwner: s.me, StartedBy: d.message.Sender, StartedByStated: d.body.By,
		StartLeaseUntil: s.leaseUntil(), //rule:start-takes-lease = now
		Input:           d.body.Input, InputHash: m.inputHash(),
		Traceparent: d.body.Traceparent,
		Expires:     config.expires(endsBy).Add(state.RunOutlives),
	}, nil
}

func (m *startMessage) inputHash() string { return decide.InputHash(m.delivery.body.Input) }

// asked returns the parts of the message's run that tell its start from another.
func (m *startMessage) asked() state.Run {
	d := m.delivery
	return state.Run{StartMessageID: d.message.OriginalID(), BlueprintID: d.body.BlueprintID}
}

// again answers a start whose run exists.
func (m *startMessage) again(ctx context.Context, stored, again state.Run) answer {
	d, s := m.delivery, m.delivery.session
	now := d.engine.config.Now()
	s.run = stored
	if err := s.readable(); err != nil {
		return comeBack{err}
	}
	switch {
	case stored.StartMessageID != again.StartMessageID: //rule:other-start-ignored
		reason := "the run was started by another message"
		if stored.Status == flow.Cancelled && stored.StartMessageID == "" {
			reason = "the run was cancelled before its start"
		}
		if stored.StartMessageID != "" && (!decide.HasInput(stored.InputHash, d.body.Input) || stored.BlueprintID != again.BlueprintID) {
			reason += ", with another blueprint or input"
		}
		s.teller.tell(ctx, flow.Event{Kind: flow.StartIgnored, Reason: reason})
		return acknowledge{}
	case stored.Status.Terminal(): //rule:same-start-replays = true
		s.teller.duplicate(ctx, state.TaskKey{}, "the run has ended")
		return acknowledge{}
	case stored.StartLive(s.me, now): //rule:start-held-by-lease
		return comeBackAt(stored.StartLeaseUntil)
	}
	// Key: the run. Condition: this message started it, the lease of its last owner
	// has expired, and it is running. Effect: the lease is ours. Conflict: a
	// duplicate was faster, or the run ended: the message comes back and reads the
	// run again.
	if _, err := d.engine.store.Commit(ctx, state.Transition{
		Guard: state.GuardRestart(stored.StartMessageID, now),
		Run:   &state.RunChange{RunID: stored.ID, StartOwner: s.me, StartLeaseUntil: s.leaseUntil(), LastUpdated: now},
	}); err != nil {
		return comeBack{explained(err, "take over the start", "a duplicate is handled, or the run has ended")}
	}
	p, err := d.engine.programOf(ctx, stored.Blueprint())
	if err != nil {
		return comeBack{err}
	}
	s.enter(stored, p)
	s.teller.duplicate(ctx, state.TaskKey{}, "the run was started by this message before")
	return leadOnFrom{own: false} //rule:restart-replays = leadOnFrom{own: true}
}
