package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Reconciler finds runs that nobody works on and sends again what should be in
// flight; it also turns timers into messages. It decides nothing and executes
// nothing: it needs no node code. It is safe for concurrent use, and several
// may run at once.
type Reconciler struct {
	engine *Engine
	store  Store
	locks  state.Locks
	queue  state.Queue
	config ReconcilerConfig
}

// Store is what a reconciler needs of a store.
type Store interface {
	state.Store
	state.Directory
	state.Sweep
}

// ReconcilerConfig is everything about a [Reconciler] that has a default.
type ReconcilerConfig struct {
	// Of Config only StalledAfter, Timeout, Retention, Reserve, Logger, Events,
	// Now and NewID count. Timeout is the worker's; Reserve is kept of the time
	// that a tick's context leaves.
	Config
	// RescueLimit bounds the jobs that a tick sends again. While messages are
	// visible in the queue, as many stalled runs wait for up to an hour, since the
	// messages may be theirs; while more than RescueLimit are, all wait. 0 means
	// 1,000.
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
	FailedTimers   int `json:"failedTimers"`   // timers that an error kept from it; they stay
}

// NewReconciler checks the configuration and returns the reconciler, or all
// faults together, each a [*ConfigError].
func NewReconciler(store Store, locks state.Locks, queue state.Queue, config ReconcilerConfig) (*Reconciler, error) {
	config.Config = config.withDefaults()
	config.RescueLimit = cmp.Or(config.RescueLimit, 1000)
	if err := errors.Join(
		config.validateRuns(),
		unless(config.RescueLimit > 0, []string{"RescueLimit"}, "%d must be positive", config.RescueLimit),
	); err != nil {
		return nil, err
	}
	return &Reconciler{newEngine(store, queue, nil, config.Config), store, locks, queue, config}, nil
}

// Tick looks after all timers and runs once, within the time that ctx leaves;
// what is left over is the next tick's. One run's error is logged and counted,
// and keeps no other waiting; the error of Tick is that a list could not be
// read to its end. Repeating a tick is safe.
func (r *Reconciler) Tick(ctx context.Context) (stats Stats, err error) {
	defer func() { r.logTick(ctx, stats, err) }()
	b := r.budget(ctx)
	timers := r.fireTimers(ctx, b.half(), &stats)
	runs := r.rescueRuns(ctx, b, &stats)
	return stats, errors.Join(timers, runs)
}

// rescueRuns looks after the runs that nobody has touched for too long.
func (r *Reconciler) rescueRuns(ctx context.Context, b budget, stats *Stats) error {
	visible, err := r.queue.Visible(ctx)
	if err != nil {
		return fmt.Errorf("ask the queue for its backlog: %w", err)
	}
	held := backlog{visible: visible, limit: r.config.RescueLimit}
	now := r.config.Now()
	for ref, err := range r.store.Stalled(ctx, now.Add(-r.config.StalledAfter)) {
		if err != nil {
			return fmt.Errorf("list the stalled runs: %w", err)
		}
		if r.exhausted(ctx, b, stats) || held.full() {
			break
		}
		stats.ScannedItems++
		age := now.Sub(ref.LastUpdated)
		if age < r.backoff(ref.Rescues) {
			continue
		}
		stats.StalledRuns++
		if held.rescues(ref, age) {
			r.count(ctx, stats, ref)
		}
	}
	for _, ref := range held.lost() {
		if r.exhausted(ctx, b, stats) {
			break
		}
		r.count(ctx, stats, ref)
	}
	return nil
}

// exhausted reports whether a tick has done what it may.
func (r *Reconciler) exhausted(ctx context.Context, b budget, stats *Stats) bool {
	return stats.Jobs >= r.config.RescueLimit || !b.left(ctx)
}

func (r *Reconciler) count(ctx context.Context, stats *Stats, ref state.RunRef) {
	jobs, moved, err := r.lockAndRepair(ctx, ref, r.config.RescueLimit-stats.Jobs)
	stats.Jobs += jobs
	switch {
	case err != nil:
		stats.FailedRuns++
		r.config.Logger.ErrorContext(ctx, "run not reconciled", keyRunID, ref.RunID, keyError, err.Error())
	case moved:
		stats.ReconciledRuns++
	}
}

func (r *Reconciler) logTick(ctx context.Context, s Stats, err error) {
	log := r.config.Logger.With("scanned_items", s.ScannedItems, "stalled_runs", s.StalledRuns,
		"reconciled_runs", s.ReconciledRuns, "failed_runs", s.FailedRuns, "jobs", s.Jobs,
		"timers", s.Timers, "failed_timers", s.FailedTimers)
	if err != nil {
		log.ErrorContext(ctx, "tick", keyError, err.Error())
		return
	}
	log.InfoContext(ctx, "tick")
}
