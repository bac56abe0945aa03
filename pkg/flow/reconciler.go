package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Reconciler finds runs that nobody works on and sends again what should be in
// flight; it also turns timers into messages. It decides nothing and executes
// nothing: it needs no node code. Several may run at once.
type Reconciler struct {
	engine *Engine
	store  ReconcilerStore
	locks  Locks
	queue  ReconcilerQueue
	config ReconcilerConfig
}

// ReconcilerStore is what a reconciler needs of a store.
type ReconcilerStore interface {
	Store
	Directory
	Sweep
}

// ReconcilerQueue is what a reconciler needs of a queue.
type ReconcilerQueue interface {
	Queue
	Backlog
}

// ReconcilerConfig is everything about a [Reconciler] that has a default.
type ReconcilerConfig struct {
	// Config's StalledAfter, Timeout, Retention, Reserve, Logger, Events, Now and
	// NewID count; Timeout is the worker's.
	Config
	// RescueLimit bounds the jobs that a tick sends again. It sends none at all
	// while more messages than that are visible in the queue. 0 means 1,000.
	RescueLimit int
}

// Stats is what a tick did.
type Stats struct {
	ScannedItems   int `json:"scannedItems"`   // runs in the index that are older than the threshold
	StalledRuns    int `json:"stalledRuns"`    // of them, those whose turn it was
	ReconciledRuns int `json:"reconciledRuns"` // of them, those that went on or ended by this tick
	FailedRuns     int `json:"failedRuns"`     // of them, those that an error kept from it
	Jobs           int `json:"jobs"`           // messages sent for them
	Timers         int `json:"timers"`         // messages sent for timers
}

// NewReconciler checks the configuration and returns the reconciler.
func NewReconciler(store ReconcilerStore, locks Locks, queue ReconcilerQueue, config ReconcilerConfig) (*Reconciler, error) {
	config.RescueLimit = cmp.Or(config.RescueLimit, 1000)
	if config.RescueLimit < 0 {
		return nil, fmt.Errorf("rescue limit %d must not be negative", config.RescueLimit)
	}
	engine, err := New(store, queue, nil, config.Config)
	if err != nil {
		return nil, err
	}
	config.Config = engine.config
	return &Reconciler{engine, store, locks, queue, config}, nil
}

// Tick looks after all runs and timers once, within the time that ctx leaves;
// the next tick goes on. One run's error is logged and counted, and keeps no
// other waiting. Repeating a tick is safe.
func (r *Reconciler) Tick(ctx context.Context) (stats Stats, err error) {
	defer func() { r.logTick(ctx, stats, err) }()
	if err := r.fireTimers(ctx, &stats); err != nil {
		return stats, err
	}
	visible, err := r.queue.Visible(ctx)
	if err != nil {
		return stats, fmt.Errorf("ask the queue for its backlog: %w", err)
	}
	behind := visible > r.config.RescueLimit // a backlog is a delay, not a loss
	now := r.config.Now()
	for ref, err := range r.store.Stalled(ctx, now.Add(-r.config.StalledAfter)) {
		if err != nil {
			return stats, fmt.Errorf("list the stalled runs: %w", err)
		}
		stats.ScannedItems++
		if now.Sub(ref.LastUpdated) < r.patience(ref.Rescues) {
			continue
		}
		stats.StalledRuns++
		if behind {
			continue
		}
		if stats.Jobs >= r.config.RescueLimit || !r.timeLeft(ctx) {
			break
		}
		r.count(ctx, &stats, ref)
	}
	return stats, nil
}

// maxPatience bounds the wait between two rescues of a run.
const maxPatience = time.Hour

// patience is how long a run is left alone: each rescue without progress
// doubles it, so that a backlog is not made worse.
func (r *Reconciler) patience(rescues int) time.Duration {
	wait := r.config.StalledAfter
	for range rescues {
		if wait *= 2; wait >= maxPatience {
			return max(maxPatience, r.config.StalledAfter)
		}
	}
	return wait
}

// timeLeft reports whether another run can be looked after.
func (r *Reconciler) timeLeft(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || deadline.Sub(r.config.Now()) > r.config.Reserve)
}

func (r *Reconciler) count(ctx context.Context, stats *Stats, ref RunRef) {
	jobs, moved, err := r.lookAfter(ctx, ref, r.config.RescueLimit-stats.Jobs)
	stats.Jobs += jobs
	switch {
	case err != nil:
		stats.FailedRuns++
		r.config.Logger.ErrorContext(ctx, "run not reconciled", keyRunID, ref.RunID, keyError, err.Error())
	case moved:
		stats.ReconciledRuns++
	}
}

// lookAfter takes the run's lock, for economy: safety does not need it.
func (r *Reconciler) lookAfter(ctx context.Context, ref RunRef, limit int) (jobs int, moved bool, err error) {
	key, owner := "lock#reconcile#"+ref.RunID, r.config.NewID()
	mine, err := r.locks.SetIfNotExist(ctx, key, owner, r.config.Timeout+Skew)
	if err != nil || !mine {
		return 0, false, err
	}
	defer func() {
		_, released := r.locks.Release(context.WithoutCancel(ctx), key, owner)
		err = errors.Join(err, released)
	}()
	return r.rescue(ctx, ref.RunID, limit)
}

// rescue reads the run whole, judges it, says so on the run, and only then
// sends up to limit jobs.
func (r *Reconciler) rescue(ctx context.Context, runID string, limit int) (jobs int, moved bool, err error) {
	now := r.config.Now()
	snapshot, err := r.store.Load(ctx, ReadSet{RunID: runID, Run: true, Input: true})
	switch {
	case err != nil:
		return 0, false, fmt.Errorf("load run %s: %w", runID, err)
	case snapshot.Run == nil || snapshot.Run.Status.Terminal() || now.Sub(snapshot.Run.LastUpdated) < r.patience(snapshot.Run.Rescues):
		return 0, false, nil // the index lagged behind
	}
	h, err := r.handlingOf(ctx, snapshot)
	if err != nil {
		return 0, false, err
	}
	d := diagnose(&h.view, now, r.config.StalledAfter)
	d.jobs = d.jobs[:min(len(d.jobs), limit)]
	for _, t := range d.timers { // a timer that was never written must be, before the run leaves the index
		if err := h.sendRetry(ctx, t); err != nil {
			return 0, false, err
		}
	}
	ok, err := r.mark(ctx, h.run, d)
	if err != nil || !ok {
		return 0, false, err
	}
	return r.treat(ctx, h, d)
}

// handlingOf is a handling that has read the whole run.
func (r *Reconciler) handlingOf(ctx context.Context, snapshot Snapshot) (*handling, error) {
	run := *snapshot.Run
	p, err := r.engine.planOf(ctx, run.BlueprintHash)
	if err != nil {
		return nil, err
	}
	h := r.engine.begin(ctx, Message{}, Body{RunID: run.ID, BlueprintID: run.BlueprintID})
	h.enter(run, p)
	h.view.setInput(snapshot.Input)
	for task, err := range r.store.Tasks(ctx, run.ID) {
		if err != nil {
			return nil, fmt.Errorf("read the tasks of run %s: %w", run.ID, err)
		}
		h.view.tasks[task.TaskKey] = task
	}
	return h, nil
}

// mark says on the run that it was looked after. Key: the run. Condition: it
// goes on, and nobody has touched it since it was read. Effect: it was seen just
// now; a rescue is counted; a run that only waits leaves the index. Conflict: a
// worker came in between, and nothing is sent: false.
func (r *Reconciler) mark(ctx context.Context, run Run, d diagnosis) (bool, error) {
	change := RunChange{RunID: run.ID}
	switch {
	case len(d.jobs) > 0 || d.failure != nil || d.complete || r.tooOld(run):
		change.LastUpdated, change.Active, change.Rescues = r.config.Now(), Shard(run.ID), run.Rescues+1
	case d.pending || !d.waits && len(d.timers) == 0:
		change.LastUpdated, change.Active = r.config.Now(), Shard(run.ID)
	default:
		change.Leave = true
	}
	_, err := r.store.Commit(ctx, Transition{Guard: guardUntouched(run.LastUpdated), Run: &change})
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("mark run %s: %w", run.ID, err)
	}
	return true, nil
}

// tooOld reports whether the run has used up the time for which its data is kept.
func (r *Reconciler) tooOld(run Run) bool {
	return r.config.Now().Sub(run.StartedAt) >= r.config.Retention
}

// treat ends the run, or sends the jobs that it lacks.
func (r *Reconciler) treat(ctx context.Context, h *handling, d diagnosis) (jobs int, moved bool, err error) {
	switch {
	case d.failure != nil:
		return 0, true, h.failRun(ctx, d.failure)
	case d.complete:
		return 0, true, h.completeRun(ctx)
	case r.tooOld(h.run):
		return 0, true, h.failRun(ctx, &Failure{Code: CodeError,
			Message: fmt.Sprintf("the run has not ended within the retention of %s", r.config.Retention)})
	case len(d.jobs) == 0:
		return 0, false, nil
	}
	messages := make([]Outgoing, len(d.jobs))
	for i, job := range d.jobs {
		if messages[i], err = h.jobFor(job.TaskKey, job.attempt, 0); err != nil {
			return 0, false, err
		}
	}
	if err := h.send(ctx, messages...); err != nil {
		return 0, false, err
	}
	h.emit(ctx, Event{Kind: RunRescued, Reason: fmt.Sprintf("%d jobs sent again, the first for %s", len(d.jobs), taskName(d.jobs[0].TaskKey))})
	return len(d.jobs), true, nil
}

// fireTimers sends the messages of the timers that a queue can delay from now on.
func (r *Reconciler) fireTimers(ctx context.Context, stats *Stats) error {
	now := r.config.Now()
	for timer, err := range r.store.Due(ctx, now.Add(MaxDelay)) {
		if err != nil {
			return fmt.Errorf("list the due timers: %w", err)
		}
		if !r.timeLeft(ctx) {
			return nil
		}
		if err := r.fire(ctx, timer); err != nil {
			r.config.Logger.ErrorContext(ctx, "timer not fired", keyRunID, timer.RunID, keyNodeID, timer.Node, keyError, err.Error())
			continue
		}
		stats.Timers++
	}
	return nil
}

// fire brings the timer's run back into the index, sends the timer's message
// and then drops the timer: whatever is lost, one of them remains.
func (r *Reconciler) fire(ctx context.Context, timer Timer) error {
	// Key: the run. Condition: it goes on. Effect: it counts as active. Conflict:
	// it is over, and so is the timer.
	_, err := r.store.Commit(ctx, Transition{
		Guard: guardRunning(),
		Run:   &RunChange{RunID: timer.RunID, LastUpdated: r.config.Now(), Active: Shard(timer.RunID)},
	})
	if err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("touch run %s: %w", timer.RunID, err)
	}
	if err == nil {
		delay := ceilSecond(timer.DueAt.Sub(r.config.Now()))
		if err := r.queue.Send(ctx, Outgoing{Body: timer.Body, Delay: min(delay, MaxDelay), Tenant: timer.Tenant}); err != nil {
			return fmt.Errorf("send the timer's message of run %s: %w", timer.RunID, err)
		}
	}
	if err := r.store.DropTimer(ctx, timer); err != nil {
		return fmt.Errorf("drop the timer of run %s: %w", timer.RunID, err)
	}
	return nil
}

func (r *Reconciler) logTick(ctx context.Context, s Stats, err error) {
	log := r.config.Logger.With("scanned_items", s.ScannedItems, "stalled_runs", s.StalledRuns,
		"reconciled_runs", s.ReconciledRuns, "failed_runs", s.FailedRuns, "jobs", s.Jobs, "timers", s.Timers)
	if err != nil {
		log.ErrorContext(ctx, "tick", keyError, err.Error())
		return
	}
	log.InfoContext(ctx, "tick")
}
