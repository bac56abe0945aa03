package sim

// AttemptsAreBounded is about retries.
const AttemptsAreBounded Invariant = "a node has no more attempts than its blueprint allows"

// checkAttempt checks the number of attempts: including the one that starts, or
// those that failed before another one.
func (w *world) checkAttempt(r *run, n *node, attempt int) {
	if limit := max(n.attempts, 1); attempt > limit {
		w.violate(AttemptsAreBounded, "run %s: %s comes to its attempt %d of %d", r.id, n.id, attempt, limit)
	}
}
