package sim

// AttemptsAreBounded is about retries.
const AttemptsAreBounded Invariant = "a node has no more attempts than its blueprint allows"

// attemptsAreBounded checks the number of attempts: including the one that starts,
// or those that failed before another one.
func attemptsAreBounded(w *watcher) moments {
	check := func(r *run, n *node, attempt int) {
		if limit := max(n.attempts, 1); attempt > limit {
			w.violate(AttemptsAreBounded, "run %s: %s comes to its attempt %d of %d", r.id, n.id, attempt, limit)
		}
	}
	return moments{
		started: func(s start) { check(s.run, s.node, s.attempt) },
		task: func(t taskSeen) {
			if t.retries() {
				check(t.run, w.setting.graphOf(t.run).byID[t.after.Node], t.after.Failures+1)
			}
		},
	}
}
