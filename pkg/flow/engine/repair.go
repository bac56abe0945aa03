package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// maxBackoff limits the wait between two rescues of a run.
const maxBackoff = time.Hour

// backoff returns how long a run is left alone: each rescue without progress
// doubles it, so that a backlog does not grow.
func (r *Reconciler) backoff(rescues int) time.Duration {
	//rule:rescue-doubles-wait = r.config.StalledAfter
	return backoff.Exponential(r.config.StalledAfter, 1+rescues, max(maxBackoff, r.config.StalledAfter))
}

// lease is a lock on a run that the reconciler holds: to save work, and as a mark of a
// run whose reconciler died. Safety does not depend on it.
type lease struct {
	run    state.RunRef
	owner  string
	deaths int // of reconcilers that held the lock before
}

func (l lease) key() string { return "lock#reconcile#" + l.run.RunID }

// repair rescues a locked run, and releases its lock.
func (r *Reconciler) repair(ctx context.Context, l lease, limit int) (jobs int, moved bool, err error) {
	defer func() {
		if p := recover(); p != nil { // one broken run must not stop the rescue of the others
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Reserve)
		defer cancel()
		err = errors.Join(err, r.unreleased.release(ctx, l.key(), l.owner))
	}()
	return r.rescue(ctx, l.run.RunID, limit)
}

// repairSuspect rescues a run whose last reconcilers died with it, perhaps because of
// it. If this one dies too, nobody takes the run up again for as long as after so many
// rescues.
func (r *Reconciler) repairSuspect(ctx context.Context, l lease, limit int) (jobs int, moved bool, err error) {
	r.config.Logger.WarnContext(ctx, "run examined alone", keyRunID, l.run.RunID, "deaths", l.deaths,
		"reason", "the reconciler that examined it last did not release it: it died, by its memory, its time, or from outside")
	ttl := max(r.config.Timeout+state.Skew, r.backoff(l.deaths))
	if held, err := r.locks.ExtendTTL(ctx, l.key(), l.owner, ttl); err != nil || !held {
		return 0, false, err
	}
	return r.repair(ctx, l, limit)
}

// rescue reads the whole run, diagnoses it, marks the run, and only then sends up
// to limit jobs.
func (r *Reconciler) rescue(ctx context.Context, runID string, limit int) (jobs int, moved bool, err error) {
	snapshot, err := r.store.Load(ctx, state.ReadSet{RunID: runID, Run: true, Bare: true})
	if err != nil {
		return 0, false, fmt.Errorf("load run %s: %w", runID, err)
	}
	run := snapshot.Run
	if run == nil ||
		run.Status.Terminal() || //rule:ended-run-left-alone
		r.config.Now().Sub(run.LastUpdated) < r.backoff(run.Rescues) { //rule:age-judged-on-run
		return 0, false, nil // the index lagged behind
	}
	s := r.engine.newSession(ctx, run.ID, 0)
	s.run = *run
	if err := s.readable(); err != nil {
		return 0, false, err
	}
	jobs, moved, err = (&rescue{session: s, store: r.store, config: r.config}).run(ctx, limit)
	if err != nil {
		err = &rescueError{err, run.Traceparent}
	}
	return jobs, moved, err
}

// rescueError is the error of the rescue of a run that was read.
type rescueError struct {
	error
	traceparent string // of the run
}

func (e *rescueError) Unwrap() error { return e.error }
