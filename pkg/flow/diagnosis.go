package flow

import "time"

// diagnosis is what a run lacks: found from recorded decisions alone, of joins
// too, and never decided anew.
type diagnosis struct {
	jobs     []overdue    // what should be in flight and is not
	failure  *Failure     // of a task that ends the run, which has not ended
	complete bool         // every end is resolved, and the run has not ended
	pending  bool         // somebody works on it, or a message is under way
	due      time.Time    // when the first message that is under way is due, if before now
	timers   []TaskRecord // retries so far off that a timer must hold them
	waits    bool         // a task waits to be resumed
}

// overdue is a task whose message is to be sent again.
type overdue struct {
	TaskKey
	attempt int // of a retry
}

// acts reports whether the run goes on, or ends, by what was found.
func (d diagnosis) acts() bool { return len(d.jobs) > 0 || d.failure != nil || d.complete }

// parked reports whether nothing can happen to the run before a timer or a
// resume brings it back.
func (d diagnosis) parked() bool {
	return !d.acts() && !d.pending && (d.waits || len(d.timers) > 0)
}

// diagnose judges a run that nobody has touched for stalledAfter. It is pure.
func diagnose(v *view, now time.Time, stalledAfter time.Duration) (d diagnosis) {
	known := map[TaskKey]bool{}
	open := false
	var failed *TaskRecord // the first: later errors do not count
	for _, node := range v.blueprint.Nodes {
		task := TaskKey{Node: node.ID}
		record, recorded := v.tasks[task]
		switch {
		case recorded && record.State == TaskDone:
		case recorded && record.State == TaskFailed:
			final := v.fallbackOf(node.ID) == ""
			if final && (failed == nil || record.FinishedAt.Before(failed.FinishedAt)) {
				failed = &record
			}
		case recorded:
			open = true
			d.judge(record, now, stalledAfter)
		case v.ready(task, known):
			open = true
			d.jobs = append(d.jobs, overdue{TaskKey: task})
		case !v.dead(task, known):
			open = true
		}
	}
	if failed != nil {
		return diagnosis{failure: failed.Error}
	}
	d.complete = !open
	return d
}

// judge adds a task without outcome.
func (d *diagnosis) judge(t TaskRecord, now time.Time, stalledAfter time.Duration) {
	switch {
	case t.State == TaskWaiting:
		d.waits = true
	case t.State == TaskRunning && t.LeaseUntil.After(now):
		d.pending = true
	case t.State == TaskRunning:
		d.jobs = append(d.jobs, overdue{TaskKey: t.TaskKey})
	case now.After(t.DueAt.Add(stalledAfter)):
		// Not earlier: the delayed message may be late.
		d.jobs = append(d.jobs, overdue{t.TaskKey, t.Failures + 1})
	case t.DueAt.Sub(now) > MaxDelay:
		d.timers = append(d.timers, t)
	default:
		d.pending = true
		if t.DueAt.Before(now) && (d.due.IsZero() || t.DueAt.Before(d.due)) {
			d.due = t.DueAt
		}
	}
}

// ready reports whether recorded decisions lead to a task that has no record,
// and its join's rule holds.
func (v *view) ready(task TaskKey, known map[TaskKey]bool) bool {
	if !v.ledTo(task) {
		return false
	}
	if !v.isJoin(task.Node) || v.isAnyJoin(task.Node) {
		return true
	}
	for _, source := range v.sources[task.Node] {
		if _, decided := v.decider(source, task.Scope); !decided && !v.dead(TaskKey{source, task.Scope}, known) {
			return false
		}
	}
	return true
}
