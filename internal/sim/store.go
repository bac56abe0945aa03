package sim

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var _ engine.Store = (*store)(nil)

// store passes requests on to a [memory.Store], one step each, and shows their
// effects to the watcher.
type store struct {
	wire      *wire
	scheduler *scheduler
	runs      *registry
	watcher   *watcher
	inner     *memory.Store

	timers     timers
	lag        time.Duration // of its indexes
	writes     int
	tickWrites int // of reconcilers
}

// wrote counts a write, or the attempt at one.
func (s *store) wrote() {
	s.writes++
	if p := s.scheduler.current; p != nil && p.tick {
		s.tickWrites++
	}
}

// Create implements [state.Store].
func (s *store) Create(ctx context.Context, run state.Run) (state.Run, error) {
	return request(ctx, s.wire, fault.CreateRun, nil, func() (state.Run, error) {
		stored, err := s.inner.Create(background, run)
		s.wrote()
		s.watcher.sawRun(run.ID)
		return stored, err
	})
}

// Load implements [state.Store].
func (s *store) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	if !set.Bare {
		s.scheduler.current.letGo()
	}
	return request(ctx, s.wire, fault.Load, set, func() (state.Snapshot, error) {
		if p := s.scheduler.current; s.wire.tears(p) && set.Run && len(set.Tasks)+len(set.Joins) > 0 {
			return s.loadTorn(p, set)
		}
		return s.loadNow(set)
	})
}

func (s *store) loadNow(set state.ReadSet) (state.Snapshot, error) {
	snapshot, err := s.inner.Load(background, set)
	if set.Run {
		s.scheduler.current.sawStatus(snapshot.Run)
	}
	if p := s.scheduler.current; err == nil && p != nil && !set.Bare && !s.wire.late {
		s.watcher.holds(p, snapshot.Size(set.Edges))
	}
	return snapshot, err
}

// loadTorn reads the run, or the other items, some time after the rest.
func (s *store) loadTorn(p *process, set state.ReadSet) (state.Snapshot, error) {
	run, others := set, set
	run.Input, run.Tasks, run.Joins, run.Keys = false, nil, nil, nil
	others.Run = false
	first, second := run, others
	if s.wire.chance.one(2) {
		first, second = others, run
	}
	before, err := s.loadNow(first)
	_, tooLarge := errors.AsType[*state.TooLargeError](err)
	if err != nil && !tooLarge {
		return before, err
	}
	s.scheduler.pause(s.wire.latency.usual())
	if p.dead {
		return state.Snapshot{}, errDead
	}
	after, late := s.loadNow(second)
	if second.Run {
		before.Run = after.Run
		return before, cmp.Or(late, err)
	}
	after.Run = before.Run
	return after, cmp.Or(late, err)
}

// Claim implements [state.Store].
func (s *store) Claim(ctx context.Context, claim state.Claim) (state.TaskRecord, error) {
	return request(ctx, s.wire, fault.ClaimRequest(claim), nil, func() (state.TaskRecord, error) {
		checkStatusIsRead(s.watcher, claim)
		stored, err := s.inner.Claim(background, claim)
		s.wrote()
		s.watcher.sawTask(claim.RunID, stored)
		s.scheduler.current.sawOwner(true, claim.Owner, stored)
		if err != nil {
			s.watcher.sawRefused(refusedSeen{claim: true, stored: stored})
		}
		return stored, err
	})
}

// Commit implements [state.Store].
func (s *store) Commit(ctx context.Context, t state.Transition) (state.TaskRecord, error) {
	if t.Task != nil {
		defer s.scheduler.current.letGo() // whether it takes effect or not, or later
	}
	return request(ctx, s.wire, fault.CommitRequest(t), t, func() (state.TaskRecord, error) {
		stored, err := s.inner.Commit(background, t)
		s.wrote()
		switch {
		case t.Task != nil:
			s.scheduler.current.stepped()
			s.scheduler.current.recorded()
			s.watcher.sawTask(t.Task.RunID, stored)
			if !s.wire.late { // else its caller does not know, and has sent the task
				s.scheduler.current.sawOwner(false, t.Task.Owner, stored)
			}
			if err != nil {
				s.watcher.sawRefused(refusedSeen{claimed: t.Guard.Op == state.GuardAnd, wanted: *t.Task, stored: stored})
			}
		case t.Run != nil:
			s.watcher.sawRun(t.Run.RunID)
			s.scheduler.current.rescuing = t.Run.Rescues > 0
		case t.Timer != nil && err == nil:
			s.timers.keep(s.scheduler.now, *t.Timer)
		}
		return stored, err
	})
}

// Arrive implements [state.Store].
func (s *store) Arrive(ctx context.Context, arrival state.Arrival) (state.Join, error) {
	return request(ctx, s.wire, fault.ArriveRequest(arrival), arrival, func() (state.Join, error) {
		join, err := s.inner.Arrive(background, arrival)
		s.scheduler.current.stepped()
		s.wrote()
		s.watcher.sawArrival(arrival, join)
		return join, err
	})
}

// Run implements [state.Directory].
func (s *store) Run(ctx context.Context, runID string) (state.Run, error) {
	return request(ctx, s.wire, fault.ReadRun, nil, func() (state.Run, error) { return s.inner.Run(background, runID) })
}

// Blueprint implements [state.Directory].
func (s *store) Blueprint(ctx context.Context, key state.BlueprintKey) ([]byte, error) {
	return request(ctx, s.wire, fault.ReadBody, nil, func() ([]byte, error) { return s.inner.Blueprint(background, key) })
}

// Tasks implements [state.Directory].
func (s *store) Tasks(ctx context.Context, query state.TaskQuery) iter.Seq2[state.TaskRecord, error] {
	return pages(ctx, s.wire, fault.ListTasks, func() []state.TaskRecord {
		tasks := s.tasksNow(query)
		if p := s.scheduler.current; len(tasks) > 1 && s.wire.tears(p) {
			page := tasks[:1+s.wire.chance.IntN(len(tasks)-1)]
			last := page[len(page)-1].Node
			s.scheduler.pause(s.wire.latency.usual())
			tasks = slices.DeleteFunc(s.tasksNow(query), func(t state.TaskRecord) bool { return t.Node <= last })
			tasks = slices.Concat(page, tasks)
		}
		return tasks
	})
}

func (s *store) tasksNow(query state.TaskQuery) (tasks []state.TaskRecord) {
	for task := range s.inner.Tasks(background, query) {
		tasks = append(tasks, task)
	}
	return tasks
}

// Stalled implements [state.Sweep]: as the index was a moment ago.
func (s *store) Stalled(ctx context.Context, before time.Time) iter.Seq2[state.RunRef, error] {
	return pages(ctx, s.wire, fault.ListStalled, func() (refs []state.RunRef) {
		asOf := s.scheduler.now - s.lag
		for _, r := range s.runs.runs {
			if seen := r.indexAt(asOf); seen.Active && seen.LastUpdated.Before(before) {
				refs = append(refs, state.RunRef{RunID: r.id, LastUpdated: seen.LastUpdated, Rescues: seen.Rescues})
			}
		}
		return refs
	})
}

// Oldest implements [state.Sweep]: as the index was a moment ago.
func (s *store) Oldest(ctx context.Context) (time.Time, error) {
	return request(ctx, s.wire, fault.ReadOldest, nil, func() (oldest time.Time, _ error) {
		asOf := s.scheduler.now - s.lag
		for _, r := range s.runs.runs {
			if seen := r.indexAt(asOf); seen.Active && (oldest.IsZero() || seen.LastUpdated.Before(oldest)) {
				oldest = seen.LastUpdated
			}
		}
		return oldest, nil
	})
}

// Due implements [state.Sweep]: as the index was a moment ago.
func (s *store) Due(ctx context.Context, before time.Time) iter.Seq2[state.Timer, error] {
	return pages(ctx, s.wire, fault.ListTimers, func() []state.Timer {
		return s.timers.due(before, s.scheduler.now-s.lag)
	})
}

// pages lists the results of one query.
func pages[T any](ctx context.Context, w *wire, r fault.Request, find func() []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		found, err := request(ctx, w, r, nil, func() ([]T, error) { return find(), nil })
		if err != nil {
			yield(*new(T), err)
			return
		}
		for _, item := range found {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// DropTimer implements [state.Sweep].
func (s *store) DropTimer(ctx context.Context, timer state.Timer) error {
	_, err := request(ctx, s.wire, fault.DropRequest(timer), nil, func() (struct{}, error) {
		s.wrote()
		s.timers.forget(timer)
		s.watcher.sawDropped(s.watcher.runByID(timer.RunID))
		return struct{}{}, s.inner.DropTimer(background, timer)
	})
	return err
}
