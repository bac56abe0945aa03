package flow

import "time"

// diagnosis is what a run lacks: found from recorded decisions alone, of joins
// too, and never decided anew.
type diagnosis struct {
	jobs     []overdue    // what should be in flight and is not
	failure  *Failure     // of a task that ends the run, which has not ended
	complete bool         // every end is resolved, and the run has not ended
	pending  bool         // somebody works on it, or a message is under way
	timers   []TaskRecord // retries so far off that a timer must hold them
	waits    bool         // a task waits to be resumed
}

// overdue is a task whose message is to be sent again.
type overdue struct {
	TaskKey
	attempt int // of a retry
}

// diagnose judges a run that nobody has touched for stalledAfter. It is pure.
func diagnose(v *view, now time.Time, stalledAfter time.Duration) (d diagnosis) {
	known := map[TaskKey]bool{}
	open := false
	for _, node := range v.blueprint.Nodes {
		task := TaskKey{Node: node.ID}
		record, recorded := v.tasks[task]
		switch {
		case recorded && record.State == TaskDone:
		case recorded && record.State == TaskFailed:
			if v.fallbackOf(node.ID) == "" {
				d.failure = earlier(d.failure, record, v)
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
	d.complete = !open && d.failure == nil
	if d.failure != nil {
		d.jobs = nil
	}
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
	}
}

// earlier is the earlier of two failures: the first error wins.
func earlier(failure *Failure, record TaskRecord, v *view) *Failure {
	if failure == nil || record.FinishedAt.Before(v.tasks[TaskKey{failure.NodeID, failure.Scope}].FinishedAt) {
		return record.Error
	}
	return failure
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
