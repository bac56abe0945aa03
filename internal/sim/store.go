package sim

import (
	"context"
	"iter"
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
func (s *store) Create(_ context.Context, run state.Run) (state.Run, error) {
	return request(s.wire, fault.CreateRun, nil, func() (state.Run, error) {
		stored, err := s.inner.Create(background, run)
		s.wrote()
		s.watcher.sawRun(run.ID)
		return stored, err
	})
}

// Load implements [state.Store].
func (s *store) Load(_ context.Context, set state.ReadSet) (state.Snapshot, error) {
	return request(s.wire, fault.Load, set, func() (state.Snapshot, error) {
		snapshot, err := s.inner.Load(background, set)
		if set.Run {
			s.scheduler.current.sawStatus(snapshot.Run)
		}
		return snapshot, err
	})
}

// Claim implements [state.Store].
func (s *store) Claim(_ context.Context, claim state.Claim) (state.TaskRecord, error) {
	return request(s.wire, fault.ClaimRequest(claim), nil, func() (state.TaskRecord, error) {
		checkStatusIsRead(s.watcher, claim)
		stored, err := s.inner.Claim(background, claim)
		s.wrote()
		s.watcher.sawTask(claim.RunID, stored)
		s.scheduler.current.sawOwner(true, claim.Owner, stored)
		return stored, err
	})
}

// Commit implements [state.Store].
func (s *store) Commit(_ context.Context, t state.Transition) (state.TaskRecord, error) {
	return request(s.wire, fault.CommitRequest(t), t, func() (state.TaskRecord, error) {
		stored, err := s.inner.Commit(background, t)
		s.wrote()
		switch {
		case t.Task != nil:
			s.scheduler.current.stepped()
			s.watcher.sawTask(t.Task.RunID, stored)
			s.scheduler.current.sawOwner(false, t.Task.Owner, stored)
		case t.Run != nil:
			s.watcher.sawRun(t.Run.RunID)
		case t.Timer != nil && err == nil:
			s.timers.keep(s.scheduler.now, *t.Timer)
		}
		return stored, err
	})
}

// Arrive implements [state.Store].
func (s *store) Arrive(_ context.Context, arrival state.Arrival) (state.Join, error) {
	return request(s.wire, fault.ArriveRequest(arrival), arrival, func() (state.Join, error) {
		join, err := s.inner.Arrive(background, arrival)
		s.scheduler.current.stepped()
		s.wrote()
		s.watcher.sawArrival(arrival, join)
		return join, err
	})
}

// Run implements [state.Directory].
func (s *store) Run(_ context.Context, runID string) (state.Run, error) {
	return request(s.wire, fault.ReadRun, nil, func() (state.Run, error) { return s.inner.Run(background, runID) })
}

// Blueprint implements [state.Directory].
func (s *store) Blueprint(_ context.Context, key state.BlueprintKey) ([]byte, error) {
	return request(s.wire, fault.ReadBody, nil, func() ([]byte, error) { return s.inner.Blueprint(background, key) })
}

// Tasks implements [state.Directory].
func (s *store) Tasks(_ context.Context, query state.TaskQuery) iter.Seq2[state.TaskRecord, error] {
	return pages(s.wire, fault.ListTasks, func() []state.TaskRecord {
		var tasks []state.TaskRecord
		for task := range s.inner.Tasks(background, query) {
			tasks = append(tasks, task)
		}
		return tasks
	})
}

// Stalled implements [state.Sweep]: as the index was a moment ago.
func (s *store) Stalled(_ context.Context, before time.Time) iter.Seq2[state.RunRef, error] {
	return pages(s.wire, fault.ListStalled, func() (refs []state.RunRef) {
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
func (s *store) Oldest(context.Context) (time.Time, error) {
	return request(s.wire, fault.ReadOldest, nil, func() (oldest time.Time, _ error) {
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
func (s *store) Due(_ context.Context, before time.Time) iter.Seq2[state.Timer, error] {
	return pages(s.wire, fault.ListTimers, func() []state.Timer {
		return s.timers.due(before, s.scheduler.now-s.lag)
	})
}

// pages lists the results of one query.
func pages[T any](w *wire, r fault.Request, find func() []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		found, err := request(w, r, nil, func() ([]T, error) { return find(), nil })
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
func (s *store) DropTimer(_ context.Context, timer state.Timer) error {
	_, err := request(s.wire, fault.DropRequest(timer), nil, func() (struct{}, error) {
		s.wrote()
		s.timers.forget(timer)
		return struct{}{}, s.inner.DropTimer(background, timer)
	})
	return err
}
