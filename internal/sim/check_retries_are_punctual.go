package sim

import "time"

// RetriesArePunctual is about retries.
const RetriesArePunctual Invariant = "a retry does not start before it is due"

func retriesArePunctual(w *watcher) moments {
	type attempt struct {
		run *run
		attemptOf
	}
	earliest := map[attempt]time.Duration{} // permitted start, by the blueprint's delay
	return moments{
		task: func(t taskSeen) {
			if t.retries() {
				n := w.setting.graphOf(t.run).byID[t.after.Node]
				earliest[attempt{t.run, attemptOf{n.id, t.after.Failures + 1}}] = t.after.FinishedAt.Sub(epoch) + n.wait(t.after.Failures)
			}
		},
		started: func(s start) {
			if due := earliest[attempt{s.run, attemptOf{s.node.id, s.attempt}}]; w.scheduler.now < due-w.setting.apart() {
				w.violate(RetriesArePunctual, "run %s: %s starts its attempt %d at %s, due at %s", s.run.id, s.node.id, s.attempt, w.scheduler.now, due)
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
