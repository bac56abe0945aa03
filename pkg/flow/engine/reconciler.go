package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Reconciler finds runs that no worker is working on, and sends again the messages
// that should be in flight; it also turns timers into messages. It decides nothing
// and executes nothing: it needs no node code. It is safe for concurrent use, and
// several may run at once.
type Reconciler struct {
	engine *Engine
	store  Store
	locks  state.Locks
	queue  state.Queue
	config ReconcilerConfig

	unreleased *unreleased
}

// Store lists the parts of a store that a reconciler uses.
type Store interface {
	state.Store
	state.Directory
	state.Sweep
}

// ReconcilerConfig holds every setting of a [Reconciler] that has a default.
type ReconcilerConfig struct {
	// Of Config only StalledAfter, Timeout, Retention, Reserve, MaxInput, Memory,
	// Logger, Events, Now, NewID and Jitter are used. Timeout is the worker's; Reserve is
	// kept of the time that a tick's context leaves.
	Config
	// RescueLimit limits the jobs that a tick sends again. While n messages are
	// visible in the queue, n stalled runs wait for up to an hour, since the
	// messages may be theirs; while more than RescueLimit messages are visible, all
	// runs wait. 0 means 1,000.
	RescueLimit int
}

// Stats counts the work of a tick.
type Stats struct {
	ScannedItems   int `json:"scannedItems"`   // runs in the index that are older than the threshold
	StalledRuns    int `json:"stalledRuns"`    // of them, those whose turn it was
	ReconciledRuns int `json:"reconciledRuns"` // of them, those that went on or ended by this tick
	FailedRuns     int `json:"failedRuns"`     // of them, those that failed to because of an error
	Jobs           int `json:"jobs"`           // messages sent for them
	Timers         int `json:"timers"`         // messages sent for timers
	FailedTimers   int `json:"failedTimers"`   // timers not sent because of an error; they stay
	OldestRun      int `json:"oldestRun"`      // seconds since the last update of the run in the index that has waited longest; -1: not read
}

// NewReconciler checks the configuration and returns the reconciler, or all errors
// together, each a [*ConfigError].
func NewReconciler(store Store, locks state.Locks, queue state.Queue, config ReconcilerConfig) (*Reconciler, error) {
	config.Config = config.withDefaults()
	config.RescueLimit = cmp.Or(config.RescueLimit, 1000)
	if err := errors.Join(
		config.validateRuns(),
		unless(config.RescueLimit > 0, []string{"RescueLimit"}, "%d must be positive", config.RescueLimit),
	); err != nil {
		return nil, err
	}
	return &Reconciler{
		engine: newEngine(store, queue, nil, config.Config), store: store, locks: locks, queue: queue, config: config,
		unreleased: &unreleased{locks: locks, left: map[string]string{}},
	}, nil
}

// Tick processes all timers and stalled runs, within the time that ctx leaves; the
// rest is left to the next tick. An error of one run is logged and counted, and
// does not delay the others; Tick returns an error if a list could not be read to
// its end. Repeating a tick is safe.
func (r *Reconciler) Tick(ctx context.Context) (stats Stats, err error) {
	defer func() { r.logTick(ctx, stats, err) }()
	b := r.budget(ctx)
	timers := r.fireTimers(ctx, b.half(), &stats)
	oldest := r.findOldest(ctx, &stats)
	r.unreleased.again(ctx)
	runs := r.rescueRuns(ctx, b, &stats)
	return stats, errors.Join(timers, oldest, runs)
}

// findOldest tells how long the run without progress has waited: before the rescues,
// which touch their runs.
func (r *Reconciler) findOldest(ctx context.Context, stats *Stats) error {
	updated, err := r.store.Oldest(ctx)
	if err != nil {
		stats.OldestRun = -1
		return fmt.Errorf("find the oldest run: %w", err)
	}
	if !updated.IsZero() {
		stats.OldestRun = max(0, int(r.config.Now().Sub(updated).Seconds()))
	}
	return nil
}

// rescueRuns rescues the runs that have not been touched for too long.
func (r *Reconciler) rescueRuns(ctx context.Context, b budget, stats *Stats) error {
	visible, err := r.queue.Visible(ctx)
	if err != nil {
		return fmt.Errorf("ask the queue for its backlog: %w", err)
	}
	held := backlog{visible: visible, limit: r.config.RescueLimit}
	var suspects []lease // whose last reconciler died: they come last, one after the other
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
			suspects = append(suspects, r.take(ctx, stats, ref)...)
		}
	}
	for _, ref := range held.lost() {
		if r.exhausted(ctx, b, stats) {
			break
		}
		suspects = append(suspects, r.take(ctx, stats, ref)...)
	}
	slices.SortStableFunc(suspects, func(a, b lease) int { return a.deaths - b.deaths })
	for _, l := range suspects {
		if r.exhausted(ctx, b, stats) {
			break
		}
		jobs, moved, err := r.repairSuspect(ctx, l, r.config.RescueLimit-stats.Jobs)
		r.count(ctx, stats, l.run, jobs, moved, err)
	}
	return nil
}

// take locks a run and rescues it, unless its last reconciler died: then it is returned.
func (r *Reconciler) take(ctx context.Context, stats *Stats, ref state.RunRef) (suspect []lease) {
	l := lease{run: ref, owner: r.config.NewID()}
	taken, err := r.locks.Take(ctx, l.key(), l.owner, r.config.Timeout+state.Skew)
	if l.deaths = taken.Deaths; l.deaths > 0 {
		return []lease{l}
	}
	jobs, moved := 0, false
	if taken.Mine {
		jobs, moved, err = r.repair(ctx, l, r.config.RescueLimit-stats.Jobs)
	}
	r.count(ctx, stats, ref, jobs, moved, err)
	return nil
}

// exhausted reports whether a tick has used up its jobs or its time.
func (r *Reconciler) exhausted(ctx context.Context, b budget, stats *Stats) bool {
	return stats.Jobs >= r.config.RescueLimit || !b.left(ctx)
}

func (r *Reconciler) count(ctx context.Context, stats *Stats, ref state.RunRef, jobs int, moved bool, err error) {
	stats.Jobs += jobs
	switch {
	case err != nil:
		stats.FailedRuns++
		trace := slog.Attr{}
		if rescue, ok := errors.AsType[*rescueError](err); ok {
			trace = traced(rescue.traceparent)
		}
		r.config.Logger.ErrorContext(ctx, "run not reconciled", keyRunID, ref.RunID, keyError, err.Error(), trace)
	case moved:
		stats.ReconciledRuns++
	}
}

func (r *Reconciler) logTick(ctx context.Context, s Stats, err error) {
	log := r.config.Logger.With("scanned_items", s.ScannedItems, "stalled_runs", s.StalledRuns,
		"reconciled_runs", s.ReconciledRuns, "failed_runs", s.FailedRuns, "jobs", s.Jobs,
		"timers", s.Timers, "failed_timers", s.FailedTimers, "oldest_run_s", s.OldestRun)
	if err != nil {
		log.ErrorContext(ctx, "tick", keyError, err.Error())
		return
	}
	log.InfoContext(ctx, "tick")
}
