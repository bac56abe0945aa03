package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// lookAfter takes the run's lock, for economy: safety does not need it.
func (r *Reconciler) lookAfter(ctx context.Context, ref RunRef, limit int) (jobs int, moved bool, err error) {
	defer func() {
		if p := recover(); p != nil { // one broken run must not keep the others from being looked after
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	key, owner := "lock#reconcile#"+ref.RunID, r.config.NewID()
	mine, err := r.locks.SetIfNotExist(ctx, key, owner, r.config.Timeout+Skew)
	if err != nil || !mine {
		return 0, false, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Reserve)
		defer cancel()
		_, released := r.locks.Release(ctx, key, owner)
		err = errors.Join(err, released)
	}()
	return r.rescue(ctx, ref.RunID, limit)
}

// rescue reads the run whole, judges it, says so on the run, and only then
// sends up to limit jobs.
func (r *Reconciler) rescue(ctx context.Context, runID string, limit int) (jobs int, moved bool, err error) {
	snapshot, err := r.store.Load(ctx, ReadSet{RunID: runID, Run: true})
	if err != nil {
		return 0, false, fmt.Errorf("load run %s: %w", runID, err)
	}
	run := snapshot.Run
	if run == nil || run.Status.Terminal() || r.config.Now().Sub(run.LastUpdated) < r.patience(run.Rescues) {
		return 0, false, nil // the index lagged behind
	}
	h := r.engine.begin(ctx, Message{}, Body{RunID: run.ID, BlueprintID: run.BlueprintID})
	h.run = *run
	d, err := r.examine(ctx, h)
	if err != nil {
		return 0, false, err
	}
	d.jobs = d.jobs[:min(len(d.jobs), limit)]
	if err := r.keepTimers(ctx, h, d); err != nil {
		return 0, false, err
	}
	if ok, err := r.mark(ctx, h.run, d); err != nil || !ok {
		return 0, false, err
	}
	return r.treat(ctx, h, d)
}

// examine diagnoses the run. One that has used up the time for which its data
// is kept fails, even where it cannot be read, unless it had come to its end.
func (r *Reconciler) examine(ctx context.Context, h *handling) (diagnosis, error) {
	err := r.readWhole(ctx, h)
	var d diagnosis
	if err == nil {
		d = diagnose(&h.view, r.config.Now(), r.config.StalledAfter)
	}
	if r.config.Now().Before(h.run.StartedAt.Add(r.config.Retention)) {
		return d, err
	}
	if !d.complete && d.failure == nil {
		d = diagnosis{failure: &Failure{Code: CodeError,
			Message: fmt.Sprintf("the run has not ended within the retention of %s", r.config.Retention)}}
	}
	return d, nil
}

// readWhole reads the run's blueprint and what became of its tasks.
func (r *Reconciler) readWhole(ctx context.Context, h *handling) error {
	p, err := r.engine.planOf(ctx, h.run.BlueprintHash)
	if err != nil {
		return fmt.Errorf("run %s: %w", h.run.ID, err)
	}
	h.enter(h.run, p)
	for task, err := range r.store.Tasks(ctx, h.run.ID) {
		if err != nil {
			return fmt.Errorf("read the tasks of run %s: %w", h.run.ID, err)
		}
		if !p.isEnd(task.Node) {
			task.Output = nil // not needed, and together they may be large
		}
		for i := range task.Edges {
			task.Edges[i].Value = nil
		}
		h.view.keep(task)
	}
	return nil
}

// isEnd reports whether the node is a sink, or may stand in for one.
func (p *plan) isEnd(id string) bool {
	for p.primary[id] != "" {
		id = p.primary[id]
	}
	return p.isSink(id)
}

// keepTimers writes the timers that the run relies on once it is out of the
// index: those of its retries, which may never have been written, and one that
// brings it back when the time is over for which its data is kept.
func (r *Reconciler) keepTimers(ctx context.Context, h *handling, d diagnosis) error {
	for _, t := range d.timers {
		if err := h.setTimer(ctx, t); err != nil {
			return err
		}
	}
	if !d.parked() || !d.waits {
		return nil
	}
	// Key: the run. No condition: writing it again changes nothing.
	_, err := r.store.Commit(ctx, Transition{Timer: &Timer{
		RunID: h.run.ID, DueAt: h.run.StartedAt.Add(r.config.Retention), Expires: h.expires(),
	}})
	if err != nil {
		return fmt.Errorf("set the timer of run %s: %w", h.run.ID, err)
	}
	return nil
}

// mark says on the run that it was looked after. Key: the run. Condition: it
// goes on, and nobody has touched it since it was read. Effect: it was seen just
// now, or when a message became due that is still under way, so that it is missed
// in time; a rescue is counted; a run that only waits leaves the index. Conflict:
// a worker came in between, and nothing is sent: false.
func (r *Reconciler) mark(ctx context.Context, run Run, d diagnosis) (bool, error) {
	change := RunChange{RunID: run.ID}
	switch {
	case d.acts():
		change.LastUpdated, change.Active, change.Rescues = r.config.Now(), Shard(run.ID), run.Rescues+1
	case d.parked():
		change.Leave = true
	default:
		change.LastUpdated, change.Active = cmp.Or(d.due, r.config.Now()), Shard(run.ID)
	}
	_, err := r.store.Commit(ctx, Transition{Guard: GuardUntouched(run.LastUpdated), Run: &change})
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("mark run %s: %w", run.ID, err)
	}
	return true, nil
}

// treat ends the run, or sends the jobs that it lacks.
func (r *Reconciler) treat(ctx context.Context, h *handling, d diagnosis) (jobs int, moved bool, err error) {
	switch {
	case d.failure != nil:
		return 0, true, h.failRun(ctx, d.failure)
	case d.complete:
		return 0, true, h.completeRun(ctx)
	case len(d.jobs) == 0:
		return 0, false, nil
	}
	messages := make([]Outgoing, len(d.jobs))
	for i, job := range d.jobs {
		if messages[i], err = h.jobFor(job.TaskKey, job.attempt, 0); err != nil {
			return 0, false, err
		}
		// A host must not run it beside others: it may be what ended the worker.
		messages[i].Attributes = map[string]string{AttributeID: r.config.NewID()}
	}
	if err := h.send(ctx, messages...); err != nil {
		return 0, false, err
	}
	h.emit(ctx, Event{Kind: RunRescued, Reason: fmt.Sprintf("%d jobs sent again, the first for %s", len(d.jobs), taskName(d.jobs[0].TaskKey))})
	return len(d.jobs), true, nil
}
