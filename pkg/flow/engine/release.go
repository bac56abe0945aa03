package engine

import (
	"context"
	"errors"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// unrecorded is an attempt whose outcome could not be determined or recorded, through
// no fault of the node.
type unrecorded struct {
	reason  error
	started bool // the node's code
	ended   bool
}

// releasePause delays the message of a task that was released: the store or the queue
// has just refused something.
const releasePause = time.Second

// release gives the claim of an unrecorded attempt back, so that it does not count as
// the death of a worker, and lets the task be performed again. Code that may still be
// running keeps its claim, and so does at-most-once code once it has started.
func (p *performer) release(ctx context.Context, w work, base state.TaskRecord, u *unrecorded) answer {
	semantics := p.session.program.plan.Graph.Node(w.Node).Config.Semantics
	if u.started && (!u.ended || semantics == flow.AtMostOnce) { //rule:running-code-keeps-claim = false
		return comeBack{u.reason}
	}
	if !w.claim {
		return p.unstarted(ctx, w, u.reason)
	}
	released := base
	released.State, released.DueAt, released.Starts = flow.TaskRetrying, p.session.now(), base.Starts-1
	released.Owner, released.LeaseUntil = "", time.Time{}
	recording, cancel := p.session.recording(ctx, p.session.engine.config.Reserve/6)
	defer cancel()
	// Key: the task. Condition: it runs under our claim. Effect: it is free, as if it
	// had not been claimed. Conflict: the outcome was recorded after all, or the claim
	// was given back before; the stored record decides.
	//rule:refusal-gives-claim-back = state.TaskRecord{}, error(nil)
	stored, err := p.session.engine.store.Commit(recording, state.Transition{Guard: state.GuardOwned(p.session.me), Task: &released})
	switch {
	case errors.Is(err, state.ErrConflict):
		return p.conflict(ctx, w, stored, err)
	case err != nil:
		return comeBack{u.reason}
	}
	w.attempt = released.Failures + 1
	return p.unstarted(ctx, w, u.reason)
}

// unclaimedPerhaps answers a claim that failed, or whose answer was lost: if the record
// has the claim after all, it is given back.
func (p *performer) unclaimedPerhaps(ctx context.Context, w work, reason error) answer {
	reading, cancel := p.session.recording(ctx, p.session.engine.config.Reserve/2)
	defer cancel()
	snapshot, err := p.session.engine.store.Load(reading, state.ReadSet{RunID: p.session.run.ID, Tasks: []state.TaskKey{w.TaskKey}})
	if record := snapshot.Tasks[w.TaskKey]; err == nil && record.Owner == p.session.me { //rule:lost-claim-given-back = false
		return p.release(ctx, w, record, &unrecorded{reason: reason})
	}
	return p.unstarted(ctx, w, reason)
}

// unstarted answers a task that nobody has claimed and that cannot be performed here
// now. The task of the message comes back with it. Another one is sent, so that it
// does not wait for the lease of the message's own task.
func (p *performer) unstarted(ctx context.Context, w work, reason error) answer {
	a := over(reason)
	if _, returned := a.(comeBack); !returned || w.via == state.ViaMessage {
		return a
	}
	job, err := p.session.outbox.jobFor(w.TaskKey, w.attempt)
	if err != nil {
		return comeBack{err}
	}
	job.Delay = releasePause
	sending, cancel := p.session.recording(ctx, p.session.engine.config.Reserve/6)
	defer cancel()
	if p.session.outbox.send(sending, job) != nil { //rule:unstarted-task-sent = false
		return a
	}
	return acknowledge{}
}
