package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// rescue is the repair of one stalled run.
type rescue struct {
	session *session
	store   Store
	config  ReconcilerConfig
}

func (r *rescue) run(ctx context.Context, limit int) (jobs int, moved bool, err error) {
	d, err := r.diagnose(ctx)
	if err != nil {
		return 0, false, err
	}
	if len(d.Jobs) > limit {
		d.Jobs = anyOf(d.Jobs, r.config.Jitter()) //rule:cut-jobs-take-turns
	}
	d.Jobs = d.Jobs[:min(len(d.Jobs), limit)] //rule:tick-bounded
	if err := r.keepTimers(ctx, d); err != nil {
		return 0, false, err
	}
	if ok, err := r.mark(ctx, d); err != nil || !ok {
		return 0, false, err
	}
	return r.repair(ctx, d)
}

// anyOf returns the jobs beginning at a random one, by a number in [0,1). Those that are cut off would never be
// sent otherwise: done tasks whose context writes a join waits for stay jobs until each of
// them has led on.
func anyOf(jobs []decide.Overdue, random float64) []decide.Overdue {
	first := int(random * float64(len(jobs)))
	return slices.Concat(jobs[first:], jobs[:first])
}

// diagnose examines the run. A run past its maximum duration fails, even if its
// records cannot be read, unless all its ends are resolved.
func (r *rescue) diagnose(ctx context.Context) (decide.Diagnosis, error) {
	err := r.readWhole(ctx)
	var d decide.Diagnosis
	if err == nil {
		d = decide.Diagnose(r.session.view, r.config.Now(), r.config.StalledAfter)
	}
	if damaged, ok := errors.AsType[*state.DamagedError](err); ok {
		return decide.Diagnosis{Failure: damagedRun(damaged)}, nil
	}
	run := r.session.run
	if run.EndsBy.IsZero() || r.config.Now().Before(run.EndsBy) {
		return d, err
	}
	if !d.Complete && d.Failure == nil {
		d = decide.Diagnosis{Failure: &flow.Failure{Code: state.CodeRunTimeout,
			Message: fmt.Sprintf("the run has not ended within the %s that it may take: metadata.timeout of its blueprint sets the limit", run.EndsBy.Sub(run.StartedAt))}}
	}
	return d, nil
}

// readWhole reads the run's blueprint and its task records, without their values.
func (r *rescue) readWhole(ctx context.Context) error {
	p, err := r.session.engine.programOf(ctx, r.session.run.Blueprint())
	if err != nil {
		return fmt.Errorf("run %s: %w", r.session.run.ID, err)
	}
	r.session.enter(r.session.run, p)
	for task, err := range r.store.Tasks(ctx, state.TaskQuery{RunID: r.session.run.ID, Items: r.session.run.Items, Bare: true}) {
		if err != nil {
			return fmt.Errorf("read the tasks of run %s: %w", r.session.run.ID, err)
		}
		if damaged := p.plan.Check(task); damaged != nil {
			return damaged
		}
		r.session.view.Keep(task)
	}
	return nil
}

// keepTimers writes the timers that a run depends on once it leaves the index:
// those of its retries, which may never have been written, and one that makes it
// active again at the end of its maximum duration.
func (r *rescue) keepTimers(ctx context.Context, d decide.Diagnosis) error {
	for _, t := range d.Timers { //rule:missing-timer-written = d.Timers[:0]
		if err := r.session.outbox.setTimer(ctx, t); err != nil {
			return err
		}
	}
	if !d.Parked() || !d.Waits {
		return nil
	}
	// Key: the run. No condition: writing it again changes nothing.
	_, err := r.store.Commit(ctx, state.Transition{Timer: &state.Timer{
		RunID: r.session.run.ID, DueAt: r.session.run.EndsBy, Expires: r.session.run.RecordsExpire(),
	}})
	if err != nil {
		return fmt.Errorf("set the timer of run %s: %w", r.session.run.ID, err)
	}
	return nil
}

// mark records the rescue on the run. Key: the run. Condition: it is running, and
// was not touched since it was read. Effect: it is touched now, or at the time when
// a message that is still under way became due, so that its loss is noticed in
// time; a rescue is counted; a run that only waits leaves the index. Conflict: a
// worker came in between; mark returns false and nothing is sent.
func (r *rescue) mark(ctx context.Context, d decide.Diagnosis) (bool, error) {
	run := r.session.run
	change := state.RunChange{RunID: run.ID}
	switch {
	case d.Acts():
		change.LastUpdated, change.Rescues = r.config.Now(), run.Rescues+1
	case d.Parked():
		change.Leave = true
	default:
		change.LastUpdated = cmp.Or(d.Due, r.config.Now())
	}
	//rule:run-marked-first = state.TaskRecord{}, error(nil)
	_, err := r.store.Commit(ctx, state.Transition{Guard: state.GuardUntouched(run.LastUpdated), Run: &change})
	if errors.Is(err, state.ErrConflict) {
		return false, nil //rule:touched-run-skipped = true, nil
	}
	if err != nil {
		return false, fmt.Errorf("mark run %s: %w", run.ID, err)
	}
	return true, nil
}

// repair ends the run, or sends the jobs that it lacks.
func (r *rescue) repair(ctx context.Context, d decide.Diagnosis) (jobs int, moved bool, err error) {
	switch {
	case d.Failure != nil:
		return 0, true, r.session.ending.fail(ctx, d.Failure)
	case d.Complete:
		return 0, true, r.session.ending.complete(ctx)
	case len(d.Jobs) == 0:
		return 0, false, nil
	}
	messages := make([]flow.Outgoing, len(d.Jobs))
	for i, job := range d.Jobs {
		if messages[i], err = r.session.outbox.jobFor(job.TaskKey, job.Attempt); err != nil {
			return 0, false, err
		}
		// A host must not run it together with others: it may have killed the last
		// worker.
		messages[i].Attributes = map[string]string{state.AttributeID: r.config.NewID()} //rule:rescued-job-alone
	}
	err = r.session.outbox.send(ctx, messages...)
	if _, refused := errors.AsType[*state.RefusedError](err); refused {
		return 0, true, r.session.ending.fail(ctx, refusedSend(d.Jobs[0].TaskKey, err))
	}
	if err != nil {
		return 0, false, err
	}
	r.session.teller.tell(ctx, flow.Event{Kind: flow.RunRescued, Reason: fmt.Sprintf("%d jobs sent again, the first for %s", len(d.Jobs), d.Jobs[0].Name())})
	return len(d.Jobs), true, nil
}
