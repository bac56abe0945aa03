package sim

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// The store shows every step that it takes, and the checks judge it.

// sawTask is called with the record that a claim or a commit found or left.
func (w *world) sawTask(runID string, t state.TaskRecord) {
	if t.State == "" {
		return
	}
	r := w.runByID(runID)
	before := r.records[t.Node]
	w.checkCommitsOnce(r, before, t)
	w.checkFailuresCount(r, before, t)
	w.checkFiredBy(r, before, t)
	r.records[t.Node] = t
	w.noteRetry(r, before, t)
}

// sawRun is called with a run that was created or changed.
func (w *world) sawRun(id string) {
	seen, err := w.inner.Run(background, id)
	if err != nil {
		return
	}
	r := w.runByID(id)
	before := r.state
	if r.exists {
		w.checkEndsOnce(r, before, seen)
		w.checkStartsOnce(r, before, seen)
	}
	if seen.Rescues > before.Rescues {
		r.rescues++
		w.checkRescueBacksOff(r, before)
	}
	r.state, r.exists = seen, true
	if n := len(r.index); n == 0 || !sameEntry(r.index[n-1].entry, seen) {
		r.index = append(r.index, indexed[state.Run]{w.now, seen})
	}
	if seen.Status.Terminal() && !before.Status.Terminal() {
		r.finishedAt = w.now
		w.checkEnd(r)
	}
}

// sameEntry reports whether the index of active runs shows both alike.
func sameEntry(a, b state.Run) bool {
	return a.Active == b.Active && a.LastUpdated.Equal(b.LastUpdated) && a.Rescues == b.Rescues
}

// sawArrival is called with a join after an arrival.
func (w *world) sawArrival(a state.Arrival, join state.Join) {
	r := w.runByID(a.RunID)
	w.checkFirst(r, a.Join, r.joins[a.Join], join)
	r.joins[a.Join] = join
	w.checkArrival(r, a)
}

// sawSend is called with a message that a process has sent.
func (w *world) sawSend(p *process, sent *message) {
	p.sent++
	if p.tick {
		w.rescued++
	}
	w.checkHops(p, sent)
	sent.forged = p.message != nil && p.message.forged // it is sent again
}

// sawAcknowledged is called when a process acknowledges its message.
func (w *world) sawAcknowledged(p *process) {
	w.checkForgedJob(p)
	w.checkCancel(p)
}

// began is called when a node's code starts.
func (w *world) began(r *run, n *node, attempt int, p *process) *execution {
	w.checkUntakenNeverRuns(r, n)
	w.checkRecordedNeverRestarts(r, n, p)
	w.checkOneAtATime(r, n, p)
	w.checkAtMostOnce(r, n, attempt)
	w.checkAttempt(r, n, attempt)
	w.checkRetryIsPunctual(r, n, attempt)
	w.checkLoserClaims(r, n, p)
	w.checkNothingAfterEnd(r, n, p)
	w.checkStartsInTime(r, n, p)
	e := &execution{process: p, attempt: attempt, from: w.now}
	r.executions[n.id] = append(r.executions[n.id], e)
	p.running = e
	return e
}

// stopped is called when a process no longer runs a node's code.
func (w *world) stopped(p *process) {
	if e := p.running; e != nil {
		e.over = true
		p.worked += w.now - e.from
		p.running = nil
	}
}
