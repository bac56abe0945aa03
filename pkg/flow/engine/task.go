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

// runTask brings a task to its recorded outcome: it claims the task if needed,
// executes it and commits the outcome.
func (s *strand) runTask(ctx context.Context, w work) answer {
	if s.session.program.code[w.Node].handler == nil {
		return s.withoutCode(ctx, w)
	}
	if err := s.prepare(ctx, &w); err != nil {
		return s.unstarted(ctx, w, err)
	}
	if s.session.run.Status.Terminal() { //rule:ended-run-starts-nothing
		return acknowledge{}
	}
	base := s.unclaimed(w)
	if w.claim {
		claimed, err := s.claim(ctx, w)
		switch {
		case errors.Is(err, state.ErrConflict):
			return s.conflict(ctx, w, claimed, err)
		case err != nil:
			return s.unstarted(ctx, w, err)
		}
		base = claimed
	}
	//rule:lease-kept-at-commit = s.session.me, s.session.now()
	base.Owner, base.LeaseUntil = s.session.me, s.session.leaseUntil()
	outcome, none := s.attempt(ctx, w, base)
	if none != nil {
		return s.release(ctx, w, base, none)
	}
	return s.commit(ctx, w, base, outcome)
}

// prepare reads the records that the task needs, and checks that the task can be
// performed here.
func (s *strand) prepare(ctx context.Context, w *work) error {
	timeout := s.session.program.code[w.Node].timeout
	if w.claim && s.session.remaining() < timeout { //rule:task-needs-time
		return fmt.Errorf("run %s: node %s needs %s: %w", s.session.run.ID, w.Name(), timeout, ErrNoTime)
	}
	if w.loaded {
		return nil
	}
	return s.session.load(ctx, w,
		w.claim || //rule:status-read-before-claim
			s.session.now().Sub(s.session.readAt) > time.Second) //rule:status-read-each-second
}

// withoutCode answers a task whose code this worker lacks: if another worker has
// recorded its outcome, that leads on here too; otherwise the task waits for a
// worker that has the code.
func (s *strand) withoutCode(ctx context.Context, w work) answer {
	snapshot, err := s.session.read(ctx, state.ReadSet{RunID: s.session.run.ID, Tasks: []state.TaskKey{w.TaskKey}})
	if err != nil {
		return comeBack{err}
	}
	if t := snapshot.Tasks[w.TaskKey]; t.State.Committed() || t.Live(s.session.me, s.session.now()) {
		return s.conflict(ctx, w, t, state.ErrConflict)
	}
	uses := s.session.program.plan.Graph.Node(w.Node).Uses
	return comeBack{fmt.Errorf("run %s: node %s uses %q: %w", s.session.run.ID, w.Name(), uses, errNoImplementation)}
}

// unclaimed returns the record of a task that begins under the lease of its
// message.
func (s *strand) unclaimed(w work) state.TaskRecord {
	return state.TaskRecord{RunID: s.session.run.ID, TaskKey: w.TaskKey, Via: state.ViaInline, StartedAt: s.session.now(), Expires: s.session.run.RecordsExpire()}
}

// claim takes the task's lease.
func (s *strand) claim(ctx context.Context, w work) (state.TaskRecord, error) {
	config := s.session.program.plan.Graph.Node(w.Node).Config
	now := s.session.now()
	// Key: the task. Condition: never started, or its owner's lease has expired
	// (not for at-most-once code), or its retry is due. Effect: running under our
	// lease, one start more. Conflict: the stored record decides.
	return s.session.engine.store.Claim(ctx, state.Claim{
		RunID: s.session.run.ID, TaskKey: w.TaskKey,
		Guard: state.GuardClaim(now, w.attempt, config.Semantics),
		Owner: s.session.me, LeaseUntil: s.session.leaseUntil(), Via: w.via,
		FiredBy: decide.FiredBy(s.session.view, w.TaskKey, w.first),
		Unseen:  w.unseen,
		Now:     now, Expires: s.session.run.RecordsExpire(),
	})
}

// conflict answers a claim or commit whose condition did not hold by the stored
// record.
func (s *strand) conflict(ctx context.Context, w work, old state.TaskRecord, err error) answer {
	now := s.session.now()
	switch {
	case old.State == flow.TaskRetrying:
		return s.session.ending.sent(ctx, old.TaskKey, s.session.outbox.sendRetry(ctx, old)) //rule:early-retry-sent-again = acknowledge{}
	case old.State == flow.TaskWaiting:
		return acknowledge{}
	//rule:outcome-held-by-lease = old.Live(s.session.me, now) && !old.State.Committed()
	case old.Live(s.session.me, now):
		return comeBackAt(old.LeaseUntil) //rule:held-message-comes-back = acknowledge{}
	case old.State == flow.TaskRunning && s.session.program.plan.Graph.Node(w.Node).Config.Semantics == flow.AtMostOnce: //rule:at-most-once-abandoned
		return s.abandon(ctx, old)
	case old.State.Committed():
		s.session.teller.duplicate(ctx, w.TaskKey, "the task's outcome is recorded")
		s.session.view.Keep(old)
		return leadOnFrom{record: &old} //rule:done-task-leads-on = acknowledge{}
	}
	// The lease expired between the write and now: the next delivery claims it.
	return comeBack{fmt.Errorf("the lease has just expired, so the message comes back: %w", err)}
}

// abandon fails an at-most-once task whose worker died: it must not start again.
func (s *strand) abandon(ctx context.Context, old state.TaskRecord) answer {
	record := decide.Abandon(old, s.session.now())
	record.Owner, record.LeaseUntil = s.session.me, s.session.leaseUntil()
	// Key: the task. Condition: still running under the dead owner. Effect: failed
	// permanently. Conflict: the owner committed after all; the message comes back.
	if _, err := s.session.engine.store.Commit(ctx, state.Transition{Guard: state.GuardOwned(old.Owner), Task: &record}); err != nil {
		return comeBack{fmt.Errorf("fail the task of a dead worker (a conflict: it has committed after all): %w", err)}
	}
	s.session.view.Keep(record)
	s.session.teller.outcome(ctx, record, 0)
	return leadOnFrom{record: &record, own: true}
}

// commit records the outcome under a fence: a claimed task must still be ours, an
// unclaimed one must still be unclaimed.
func (s *strand) commit(ctx context.Context, w work, base state.TaskRecord, o decide.Outcome) answer {
	config := s.session.engine.config
	recording, cancel := s.session.recording(ctx, config.Reserve/3)
	defer cancel()
	record, writes := decide.Decide(s.session.view, base, o, decide.Terms{
		MaxValue: config.MaxValue, Jitter: config.Jitter(), Deadline: s.session.run.EndsBy,
	})
	guard := state.GuardUnclaimed(s.session.now())
	if w.claim {
		guard = state.GuardOwned(s.session.me) //rule:commit-by-owner = state.Guard{}
	}
	// Key: the task. Condition: see above. Effect: outcome, decided edges and
	// context writes, in one step and final; the lease stays on the record, so that
	// a duplicate waits for the end of this message. Conflict: another handling was
	// faster; our result is dropped, and the stored record decides.
	stored, err := s.session.engine.store.Commit(recording, state.Transition{
		Guard: guard, Task: &record,
		Writes: writes, //rule:writes-with-outcome = writes[:0]
	})
	switch {
	case errors.Is(err, state.ErrConflict):
		//rule:lost-commit-leads-on = leadOnFrom{record: &record, own: true}
		return s.conflict(ctx, w, stored, err) //rule:lost-commit-not-acknowledged = acknowledge{}
	case err != nil:
		return s.release(ctx, w, base, &unrecorded{reason: err, started: true, ended: true})
	}
	s.session.view.Keep(stored)
	s.session.teller.outcome(ctx, stored, o.Finished.Sub(o.Started))
	if stored.State == flow.TaskRetrying {
		return s.session.ending.sent(ctx, stored.TaskKey, s.session.outbox.sendRetry(ctx, stored)) //rule:retry-sent = acknowledge{}
	}
	return leadOnFrom{record: &stored, own: true}
}
