package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// performer brings tasks of a session to their recorded outcomes.
type performer struct {
	session *session
	claims  *claimer
}

// perform brings a task to its recorded outcome: it claims the task if needed,
// executes it and commits the outcome.
func (p *performer) perform(ctx context.Context, w work) answer {
	if p.session.program.code[w.Node].handler == nil {
		return p.withoutCode(ctx, w)
	}
	if p.session.hand.ended.Load() {
		return acknowledge{}
	}
	if p.claims.rescued(w) && !p.claims.alone() {
		return p.performAlone(ctx, w)
	}
	if err := p.prepare(ctx, &w); err != nil {
		return p.unstarted(ctx, w, err)
	}
	if p.session.run.Status.Terminal() { //rule:ended-run-starts-nothing
		p.session.hand.end()
		return acknowledge{}
	}
	if err := p.session.recorded(w); err != nil {
		return comeBack{err}
	}
	if err := p.stillRuns(w); err != nil { //rule:straggler-holds-back-once
		return p.unstarted(ctx, w, err)
	}
	base := p.claims.unclaimed(w)
	if w.claim {
		claimed, err := p.claims.claim(ctx, w)
		switch {
		case errors.Is(err, state.ErrConflict):
			return p.conflict(ctx, w, claimed, err)
		case err != nil:
			return p.unclaimedPerhaps(ctx, w, err)
		case p.claims.mayKill(claimed) && !p.claims.alone():
			return p.freed(ctx, w, claimed, errNoTurn, func(w work) answer { return p.performAlone(ctx, w) })
		}
		base = claimed
	}
	//rule:lease-kept-at-commit = p.session.me, p.session.now()
	base.Owner, base.LeaseUntil = p.session.me, p.session.leaseUntil()
	outcome, none := p.attempt(ctx, w, base)
	if none != nil {
		return p.release(ctx, w, base, none)
	}
	return p.commit(ctx, w, base, outcome)
}

// recorded returns a [*state.DamagedError] if a source of a join has led to it, by the join's
// set, and has no record: the tables are of different moments, and the join would go on
// without a value.
func (s *session) recorded(w work) error {
	for _, id := range w.taken {
		if _, ok := s.view.Decider(id, w.Scope); !ok { //rule:join-sources-recorded = false
			return &state.DamagedError{
				Item:   fmt.Sprintf("join of node %s of run %s", w.Name(), s.run.ID),
				Reason: fmt.Sprintf("node %q has led to it, and has no record", id),
			}
		}
	}
	return nil
}

// performAlone performs a task that may have killed a worker when it has the process for
// itself: others would die with it, and be counted. While it waits it is not claimed,
// since the death of another would count for it.
func (p *performer) performAlone(ctx context.Context, w work) answer {
	if p.session.hand.shared.Load() { // it would wait for the others of its own handling
		return p.unstarted(ctx, w, errNoTurn)
	}
	if err := p.claims.wait(ctx, w); err != nil {
		return p.unstarted(ctx, w, err)
	}
	w.loaded = false // long ago
	return p.perform(ctx, w)
}

// prepare reads the records that the task needs, and checks that the task can be
// performed here.
func (p *performer) prepare(ctx context.Context, w *work) error {
	if err := p.session.timeFor(*w); err != nil {
		return err
	}
	if w.loaded {
		return nil
	}
	return p.session.reader.load(ctx, w,
		w.claim || //rule:status-read-before-claim
			p.session.now().Sub(p.session.readAt) > time.Second) //rule:status-read-each-second
}

// withoutCode answers a task whose code this worker lacks: if another worker has
// recorded its outcome, that leads on here too; otherwise the task waits for a
// worker that has the code.
func (p *performer) withoutCode(ctx context.Context, w work) answer {
	snapshot, err := p.session.reader.read(ctx, state.ReadSet{RunID: p.session.run.ID, Tasks: []state.TaskKey{w.TaskKey}, Bare: true})
	if err != nil {
		return comeBack{err}
	}
	if t := snapshot.Tasks[w.TaskKey]; t.State.Committed() || t.Live(p.session.me, p.session.now()) {
		return p.conflict(ctx, w, t, state.ErrConflict)
	}
	uses := p.session.program.plan.Graph.Node(w.Node).Uses
	return comeBack{fmt.Errorf("run %s: node %s uses %q: %w", p.session.run.ID, w.Name(), uses, errNoImplementation)}
}

// conflict answers a claim or commit whose condition did not hold by the stored
// record.
func (p *performer) conflict(ctx context.Context, w work, old state.TaskRecord, err error) answer {
	now := p.session.now()
	if damaged := p.session.program.plan.Check(old); damaged != nil {
		return comeBack{damaged}
	}
	switch {
	case old.State == flow.TaskRetrying:
		return p.session.ending.sent(ctx, old.TaskKey, p.session.outbox.sendRetry(ctx, old)) //rule:early-retry-sent-again = acknowledge{}
	case old.State == flow.TaskWaiting:
		return acknowledge{}
	//rule:outcome-held-by-lease = old.Live(p.session.me, now) && !old.State.Committed()
	case old.Live(p.session.me, now):
		return comeBackAt(old.LeaseUntil) //rule:held-message-comes-back = acknowledge{}
	case old.State == flow.TaskRunning && p.session.program.plan.Graph.Node(w.Node).Config.Semantics == flow.AtMostOnce: //rule:at-most-once-abandoned
		return p.abandon(ctx, old)
	case old.State.Committed():
		p.session.teller.duplicate(ctx, w.TaskKey, "the task's outcome is recorded")
		p.session.keep(old)
		return leadOnFrom{record: &old} //rule:done-task-leads-on = acknowledge{}
	}
	// The lease expired between the write and now: the next delivery claims it.
	return comeBack{fmt.Errorf("the lease has just expired, so the message comes back: %w", err)}
}

// abandon fails an at-most-once task whose worker died: it must not start again.
func (p *performer) abandon(ctx context.Context, old state.TaskRecord) answer {
	record := decide.Abandon(old, p.session.now())
	record.Owner, record.LeaseUntil = p.session.me, p.session.leaseUntil()
	// Key: the task. Condition: still running under the dead owner. Effect: failed
	// permanently. Conflict: the owner committed after all; the message comes back.
	if _, err := p.session.engine.store.Commit(ctx, state.Transition{Guard: state.GuardOwned(old.Owner), Task: &record}); err != nil {
		return comeBack{explained(err, "fail the task of a dead worker", "it has committed after all")}
	}
	p.session.keep(record)
	p.session.teller.outcome(ctx, record, 0)
	return leadOnFrom{record: &record, own: true}
}

// commit records the outcome under a fence: a claimed task must still be ours, an
// unclaimed one must still be unclaimed.
func (p *performer) commit(ctx context.Context, w work, base state.TaskRecord, o decide.Outcome) answer {
	config := p.session.engine.config
	recording, cancel := p.session.recording(ctx, config.Reserve/3)
	defer cancel()
	defer p.session.room(ctx, o.Size())()
	record := decide.Decide(p.session.view, base, o, decide.Terms{
		MaxValue: config.MaxValue, MaxInput: config.MaxInput, Jitter: config.Jitter(), Deadline: p.session.run.EndsBy, Epoch: p.session.run.Epoch,
	})
	guard := state.GuardUnclaimed(p.session.now())
	if w.claim {
		guard = state.GuardOwned(p.session.me) //rule:commit-by-owner = state.Guard{}
	}
	// Key: the task. Condition: see above. Effect: outcome, decided edges and
	// context writes, in one record and final; the lease stays on it, so that a
	// duplicate waits for the end of this message. Conflict: another handling was
	// faster; our result is dropped, and the stored record decides.
	stored, err := p.session.engine.store.Commit(recording, state.Transition{Guard: guard, Task: &record})
	switch {
	case errors.Is(err, state.ErrConflict):
		//rule:lost-commit-leads-on = leadOnFrom{record: &record, own: true}
		return p.conflict(ctx, w, stored, err) //rule:lost-commit-not-acknowledged = acknowledge{}
	case err != nil:
		return p.release(ctx, w, base, &unrecorded{reason: err, started: true, ended: true})
	}
	p.session.keep(stored)
	p.session.teller.outcome(ctx, stored, o.Finished.Sub(o.Started))
	if stored.State == flow.TaskRetrying {
		return p.session.ending.sent(ctx, stored.TaskKey, p.session.outbox.sendRetry(ctx, stored)) //rule:retry-sent = acknowledge{}
	}
	return leadOnFrom{record: &stored, own: true}
}
