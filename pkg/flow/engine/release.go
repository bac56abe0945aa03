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
	return p.freed(ctx, w, base, u.reason, func(w work) answer { return p.unstarted(ctx, w, u.reason) })
}

// freed gives a claim back, and goes on with the task that is free.
func (p *performer) freed(ctx context.Context, w work, claimed state.TaskRecord, reason error, goOn func(work) answer) answer {
	//rule:refusal-gives-claim-back = claimed, error(nil)
	released, err := p.claims.giveBack(ctx, claimed)
	switch {
	case errors.Is(err, state.ErrConflict):
		return p.conflict(ctx, w, released, err)
	case err != nil:
		return comeBack{reason}
	}
	w.attempt, w.unseen = released.Failures+1, 0
	return goOn(w)
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
