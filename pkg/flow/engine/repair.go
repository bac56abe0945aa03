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

// lockAndRepair takes the run's lock, to save work: safety does not depend on it.
func (r *Reconciler) lockAndRepair(ctx context.Context, ref state.RunRef, limit int) (jobs int, moved bool, err error) {
	defer func() {
		if p := recover(); p != nil { // one broken run must not stop the rescue of the others
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	key, owner := "lock#reconcile#"+ref.RunID, r.config.NewID()
	mine, err := r.locks.SetIfNotExist(ctx, key, owner, r.config.Timeout+state.Skew)
	if err != nil || !mine {
		return 0, false, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Reserve)
		defer cancel()
		_, released := r.locks.Release(ctx, key, owner) //rule:lock-released = false, error(nil)
		err = errors.Join(err, released)
	}()
	return r.rescue(ctx, ref.RunID, limit)
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
	return (&rescue{session: s, store: r.store, config: r.config}).run(ctx, limit)
}
