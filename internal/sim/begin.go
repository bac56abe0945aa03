package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// What must hold when a node's code starts, and for messages and locks.

// sawStatus notes when a process learned whether its run goes on.
func (w *world) sawStatus(state *state.Run) {
	if p := w.current; p != nil && state != nil {
		p.knew, p.worked, p.fresh = state.Status.Terminal(), 0, true
	}
}

// stepped: the process has changed something of a run; what it read of the
// status before is not enough for another claim.
func (w *world) stepped() {
	if p := w.current; p != nil {
		p.fresh = false
	}
}

// sawClaim: the run's status is read before every claim.
func (w *world) sawClaim(claim state.Claim) {
	if p := w.current; p != nil && !p.fresh {
		w.violate("run %s: %s claims %s without having looked whether the run goes on", claim.RunID, p.name, claim.Node)
	}
}

// sawOwner: a process whose commit was lost goes on only by a claim.
func (w *world) sawOwner(claimed bool, owner string, stored state.TaskRecord) {
	p := w.current
	if p == nil {
		return
	}
	if mine := stored.Owner == owner; claimed && mine {
		p.beaten = false
	} else if !claimed && !mine {
		p.beaten = true
	}
}

// Beyond what a node may take, a message keeps the engine's reserve; requests
// between the decision to begin and the beginning may have used up some of it.
const (
	reserve     = 3 * time.Second
	twoRequests = 4 * time.Second
)

// inTime: a node starts only when its whole timeout is left.
func (w *world) inTime(r *run, n *node, p *process) {
	if left := p.deadline - w.now; !p.hindered && !p.zombie && left < w.timings.node+reserve-twoRequests {
		w.violate("run %s: %s starts %s before its worker's end", r.id, n.id, left)
	}
}

// began: a node's code starts only when recorded decisions led to it, for a
// run that goes on, alone, when its retry is due, and at most as often as allowed.
func (w *world) began(r *run, n *node, task *flow.Task, p *process) *execution {
	w.trace(p, "starts %s, attempt %d, input %s", n.id, task.Attempt, task.Input)
	if f := w.recorded(r).routing(n); f != led {
		w.violate("run %s: %s starts, but nothing recorded leads to it (%d)", r.id, n.id, f)
	}
	if r.decided(w.graphOf(r), n) != nil && !p.zombie && !w.hastens() {
		w.startedLate(r, n, p)
	}
	for _, other := range r.executions[n.id] {
		if !other.over && !other.process.zombie && !p.zombie && !w.hastens() {
			w.violate("run %s: %s starts in %s while it runs in %s", r.id, n.id, p.name, other.process.name)
		}
		if n.once && other.attempt == task.Attempt {
			w.violate("run %s: %s starts a second time in attempt %d, but at most once is allowed", r.id, n.id, task.Attempt)
		}
	}
	if task.Attempt > max(n.attempts, 1) {
		w.violate("run %s: %s starts its attempt %d of %d", r.id, n.id, task.Attempt, max(n.attempts, 1))
	}
	if due := r.retryAt[n.id][task.Attempt]; w.now < due-2*w.skew {
		w.violate("run %s: %s starts its attempt %d at %s, due at %s", r.id, n.id, task.Attempt, w.now, due)
	}
	if p.beaten {
		w.violate("run %s: %s starts unclaimed in %s, which has lost its last commit", r.id, n.id, p.name)
	}
	w.afterCancel(r, n, p)
	w.inTime(r, n, p)
	e := &execution{process: p, attempt: task.Attempt, from: w.now}
	r.executions[n.id] = append(r.executions[n.id], e)
	p.running = e
	return e
}

// hastens: clocks are so far apart that a lease runs out for one worker while
// it lasts for another. A second start may come of it, but no second outcome.
func (w *world) hastens() bool { return 2*w.skew > state.Skew }

// startedLate: without a pause beyond the lease, nobody starts what is recorded.
func (w *world) startedLate(r *run, n *node, p *process) {
	w.violate("run %s: %s starts in %s although its outcome is recorded", r.id, n.id, p.name)
}

// afterCancel: a chain reads the status again before a node when the last
// reading is older than a second, not counting what its requests took.
func (w *world) afterCancel(r *run, n *node, p *process) {
	if !r.state.Status.Terminal() || p.zombie {
		return
	}
	if p.knew || p.worked > time.Second {
		w.violate("run %s: %s starts at %s, but the run ended at %s (known: %t), and its status was read %s of work before", r.id, n.id, w.now, r.finishedAt, p.knew, p.worked)
	}
}

// stopped: a process runs no node's code any more.
func (w *world) stopped(p *process) {
	if e := p.running; e != nil {
		e.over = true
		p.worked += w.now - e.from
		p.running = nil
	}
}

// acknowledged: a run whose cancel is acknowledged has ended, unless the cancel
// was sent again; and what nobody who knows the run has sent is not
// acknowledged while the run goes on.
func (w *world) acknowledged(p *process) {
	m := p.message
	if r := w.runs[0]; m.forged && p.sent == 0 && !r.state.Status.Terminal() && w.recorded(r).routing(w.graphOf(r).byID[m.body.NodeID]) != led {
		w.violate("%s is acknowledged, but nothing led to it", m.text)
	}
	if m.body.Type != flow.TypeCancel || p.sent > 0 {
		return
	}
	r := w.runByID(m.body.RunID)
	if !r.state.Status.Terminal() {
		w.violate("run %s: its cancel is acknowledged, but it is %s", r.id, r.state.Status)
	}
}

// sawHop: every message says how many led to it.
func (w *world) sawHop(p *process, sent *message) {
	if p.message != nil && sent.body.NodeID != "" && sent.body.Hops != p.message.body.Hops+1 {
		w.violate("%s is sent by the handling of %s: want one hop more", sent.text, p.message.text)
	}
}

// sawLock: nobody is given a lock that somebody else holds.
func (w *world) sawLock(key, owner string, ttl time.Duration, given bool) {
	held, ok := w.held[key]
	if given && ok && held.owner != owner && held.until > w.now+2*w.skew {
		w.violate("the lock %s is given to %s although %s holds it", key, owner, held.owner)
	}
	if !given && ok && held.until < w.now-2*w.skew || !given && !ok {
		w.violate("the lock %s is refused although nobody holds it", key)
	}
	if given {
		w.held[key] = lockState{owner, w.now + ttl}
	}
}

// sawRelease: nobody gives back what somebody else holds.
func (w *world) sawRelease(key, owner string, released bool) {
	if held := w.held[key]; released && held.owner != owner {
		w.violate("the lock %s is given back by %s although %s holds it", key, owner, held.owner)
	}
	if released {
		delete(w.held, key)
	}
}

type lockState struct {
	owner string
	until time.Duration
}
