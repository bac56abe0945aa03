package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// RetriesArePunctual is about retries.
const RetriesArePunctual Invariant = "a retry does not start before it is due, and its message comes at most a second later"

// mostLate is the time after which a retry's message comes at the latest: a queue delays a
// message by whole seconds.
const mostLate = time.Second

func retriesArePunctual(w *watcher) moments {
	type attempt struct {
		run *run
		attemptOf
	}
	earliest := map[attempt]time.Duration{} // permitted start, by the blueprint's delay
	due := map[attempt]time.Duration{}      // as recorded
	sending := map[*process][]time.Duration{}
	return moments{
		asked: func(r fault.Request, _ fault.Kind) {
			if p := w.scheduler.current; r.Is("send") {
				sending[p] = append(sending[p], w.scheduler.now)
			}
		},
		answered: func(r fault.Request, _ fault.Kind, _ error) {
			if p := w.scheduler.current; r.Is("send") && len(sending[p]) > 0 {
				sending[p] = sending[p][1:]
			}
		},
		sent: func(p *process, sent *message) {
			r := w.runs.find(sent.body.RunID)
			if r == nil || sent.delay == 0 || sent.attrs[state.AttributeReturns] != "" {
				return
			}
			begun := w.scheduler.now // the delay was chosen before
			if len(sending[p]) > 0 {
				begun = sending[p][0]
			}
			at, known := due[attempt{r, attemptOf{sent.body.NodeID, sent.body.Attempt}}]
			if comes := begun + sent.delay; known && comes > max(at, begun)+mostLate+w.setting.apart() {
				w.violate(RetriesArePunctual, "run %s: the message of attempt %d of %s, due at %s, comes at %s", r.id, sent.body.Attempt, sent.body.NodeID, at, comes)
			}
		},
		task: func(t taskSeen) {
			if t.retries() {
				n := w.setting.graphOf(t.run).byID[t.after.Node]
				next := attempt{t.run, attemptOf{n.id, t.after.Failures + 1}}
				earliest[next] = t.after.FinishedAt.Sub(epoch) + n.wait(t.after.Failures)
				due[next] = t.after.DueAt.Sub(epoch)
			}
		},
		started: func(s start) {
			if first := earliest[attempt{s.run, attemptOf{s.node.id, s.attempt}}]; w.scheduler.now < first-w.setting.apart() {
				w.violate(RetriesArePunctual, "run %s: %s starts its attempt %d at %s, due at %s", s.run.id, s.node.id, s.attempt, w.scheduler.now, first)
			}
		},
	}
}

// wait returns the shortest delay that the policy allows after so many failures.
func (n *node) wait(failures int) time.Duration {
	d := float64(n.delay)
	for range failures - 1 {
		d *= max(n.factor, 1)
	}
	if n.maxDelay > 0 {
		d = min(d, float64(n.maxDelay))
	}
	if n.jitter {
		d /= 2
	}
	return time.Duration(d)
}
