package decide

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Diagnosis lists the work that a run lacks. It is derived from recorded decisions alone,
// also for joins; nothing is decided again.
type Diagnosis struct {
	Jobs     []Overdue          // messages that should be in flight and are not
	Failure  *flow.Failure      // of the task that should have ended the run
	Complete bool               // every end is resolved, but the run has not ended
	Pending  bool               // a worker holds a lease, or a message is under way
	Due      time.Time          // when the first message under way is due, if before now
	Timers   []state.TaskRecord // retries so far off that a timer must hold them
	Waits    bool               // a task waits to be resumed
}

// Overdue is a task whose message must be sent again.
type Overdue struct {
	state.TaskKey
	Attempt int // of a retry; else 0
}

// Acts reports whether the diagnosis makes the run go on or end.
func (d Diagnosis) Acts() bool { return len(d.Jobs) > 0 || d.Failure != nil || d.Complete }

// Parked reports whether nothing can happen to the run before a timer or a resume makes it
// active again.
func (d Diagnosis) Parked() bool {
	return !d.Acts() && !d.Pending && (d.Waits || len(d.Timers) > 0)
}

// Diagnose examines a run that has not been touched for stalledAfter.
func Diagnose(v *View, now time.Time, stalledAfter time.Duration) (d Diagnosis) {
	progress, sent := NewProgress(v), map[state.TaskKey]bool{}
	open := false
	var failed *state.TaskRecord // the first: later errors do not count
	for _, node := range v.graph().Blueprint.Nodes {
		task := state.TaskKey{Node: node.ID}
		record, recorded := v.Tasks[task]
		switch {
		case recorded && record.State == flow.TaskDone:
		case recorded && record.State == flow.TaskFailed:
			final := v.graph().FallbackOf(node.ID) == "" //rule:caught-failure-ends-no-run = true
			if final &&
				(failed == nil || record.FinishedAt.Before(failed.FinishedAt)) { //rule:first-failure-counts
				failed = &record
			}
		case recorded:
			open = true
			d.judge(record, now, stalledAfter)
		case progress.Ready(task):
			open = true
			d.begin(v, task, sent)
		case !progress.Dead(task):
			open = true
		}
	}
	if failed != nil {
		return Diagnosis{Failure: failed.Error} //rule:failure-found = Diagnosis{}
	}
	if writers := resolvers(v, lasts(v.graph())); !open && writeContext(writers) { //rule:complete-run-applies-writes = false
		d.send(writers, sent)
		return d
	}
	d.Complete = !open //rule:completion-found
	return d
}

// begin adds a ready task without a record. The tasks that resolve its inputs may not have
// led on: their context writes would be missed. So their own messages are sent,
// all of them, since the task may be a join at which none has arrived.
func (d *Diagnosis) begin(v *View, task state.TaskKey, sent map[state.TaskKey]bool) {
	if before := resolvers(v, v.graph().before(task.Node)); writeContext(before) { //rule:writers-lead-on-first = false
		d.send(before, sent)
		return
	}
	d.Jobs = append(d.Jobs, Overdue{TaskKey: task}) //rule:unbegun-task-sent
}

// send adds recorded tasks to the jobs, each once.
func (d *Diagnosis) send(records []state.TaskRecord, sent map[state.TaskKey]bool) {
	for _, t := range records {
		if !sent[t.TaskKey] {
			sent[t.TaskKey] = true
			d.Jobs = append(d.Jobs, Overdue{TaskKey: t.TaskKey})
		}
	}
}

func writeContext(records []state.TaskRecord) bool {
	return slices.ContainsFunc(records, func(t state.TaskRecord) bool { return len(t.Writes) > 0 })
}

// judge adds a task without an outcome.
func (d *Diagnosis) judge(t state.TaskRecord, now time.Time, stalledAfter time.Duration) {
	switch {
	case t.State == flow.TaskWaiting:
		d.Waits = true
	case t.State == flow.TaskRunning && t.LeaseUntil.After(now): //rule:working-task-left-alone
		d.Pending = true
	case t.State == flow.TaskRunning:
		d.Jobs = append(d.Jobs, Overdue{TaskKey: t.TaskKey}) //rule:dead-workers-task-sent
	//rule:retry-overdue-after-threshold = now.After(t.DueAt)
	case now.After(t.DueAt.Add(stalledAfter)): //rule:overdue-retry-sent
		// Not earlier: the delayed message may be late.
		d.Jobs = append(d.Jobs, Overdue{t.TaskKey, t.Failures + 1})
	case t.DueAt.Sub(now) > state.MaxDelay:
		d.Timers = append(d.Timers, t)
	default:
		d.Pending = true
		if t.DueAt.Before(now) && (d.Due.IsZero() || t.DueAt.Before(d.Due)) {
			d.Due = t.DueAt
		}
	}
}
