package sim

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var (
	_ engine.Store = (*store)(nil)
	_ state.Locks  = (*store)(nil)
)

// store passes requests on to a [memory.Store], one step each, and shows their
// effects to the world.
type store struct{ *world }

// wrote counts a write, or the attempt at one.
func (w *world) wrote() {
	w.writes++
	if p := w.current; p != nil && p.tick {
		w.tickWrites++
	}
}

// Create implements [state.Store].
func (s store) Create(_ context.Context, run state.Run) (state.Run, error) {
	return request(s.world, fault.CreateRun, func() (state.Run, error) {
		stored, err := s.inner.Create(background, run)
		s.wrote()
		s.sawRun(run.ID)
		return stored, err
	})
}

// Load implements [state.Store].
func (s store) Load(_ context.Context, set state.ReadSet) (state.Snapshot, error) {
	s.reading = true
	if s.tracing() {
		s.detail = fault.Detail(set)
	}
	return request(s.world, fault.Load, func() (state.Snapshot, error) {
		snapshot, err := s.inner.Load(background, set)
		if set.Run {
			s.sawStatus(snapshot.Run)
		}
		return snapshot, err
	})
}

// Claim implements [state.Store].
func (s store) Claim(_ context.Context, claim state.Claim) (state.TaskRecord, error) {
	return request(s.world, fault.ClaimRequest(claim), func() (state.TaskRecord, error) {
		s.checkStatusIsRead(claim)
		stored, err := s.inner.Claim(background, claim)
		s.wrote()
		s.sawTask(claim.RunID, stored)
		s.sawOwner(true, claim.Owner, stored)
		return stored, err
	})
}

// Commit implements [state.Store].
func (s store) Commit(_ context.Context, t state.Transition) (state.TaskRecord, error) {
	if s.tracing() {
		s.detail = fault.Detail(t)
	}
	return request(s.world, fault.CommitRequest(t), func() (state.TaskRecord, error) {
		stored, err := s.inner.Commit(background, t)
		s.wrote()
		switch {
		case t.Task != nil:
			s.stepped()
			s.sawTask(t.Task.RunID, stored)
			s.sawOwner(false, t.Task.Owner, stored)
		case t.Run != nil:
			s.sawRun(t.Run.RunID)
		case t.Timer != nil && err == nil:
			s.forget(*t.Timer)
			s.timers = append(s.timers, indexed[state.Timer]{s.now, *t.Timer})
		}
		return stored, err
	})
}

// Arrive implements [state.Store].
func (s store) Arrive(_ context.Context, arrival state.Arrival) (state.Join, error) {
	if s.tracing() {
		s.detail = fault.Detail(arrival)
	}
	return request(s.world, fault.ArriveRequest(arrival), func() (state.Join, error) {
		join, err := s.inner.Arrive(background, arrival)
		s.stepped()
		s.wrote()
		s.sawArrival(arrival, join)
		return join, err
	})
}

// Run implements [state.Directory].
func (s store) Run(_ context.Context, runID string) (state.Run, error) {
	return request(s.world, fault.ReadRun, func() (state.Run, error) { return s.inner.Run(background, runID) })
}

// Blueprint implements [state.Directory].
func (s store) Blueprint(_ context.Context, key state.BlueprintKey) ([]byte, error) {
	return request(s.world, fault.ReadBody, func() ([]byte, error) { return s.inner.Blueprint(background, key) })
}

// Tasks implements [state.Directory].
func (s store) Tasks(_ context.Context, runID string, items bool) iter.Seq2[state.TaskRecord, error] {
	return pages(s.world, fault.ListTasks, func() []state.TaskRecord {
		var tasks []state.TaskRecord
		for task := range s.inner.Tasks(background, runID, items) {
			tasks = append(tasks, task)
		}
		return tasks
	})
}

// indexed is an entry of an index, which readers see some time after the write.
type indexed[T any] struct {
	at    time.Duration
	entry T
}

// Stalled implements [state.Sweep]: as the index was a moment ago.
func (s store) Stalled(_ context.Context, before time.Time) iter.Seq2[state.RunRef, error] {
	return pages(s.world, fault.ListStalled, func() (refs []state.RunRef) {
		asOf := s.now - s.indexLag
		for _, r := range s.runs {
			if seen := r.indexAt(asOf); seen.Active && seen.LastUpdated.Before(before) {
				refs = append(refs, state.RunRef{RunID: r.id, LastUpdated: seen.LastUpdated, Rescues: seen.Rescues})
			}
		}
		return refs
	})
}

// Due implements [state.Sweep]: as the index was a moment ago.
func (s store) Due(_ context.Context, before time.Time) iter.Seq2[state.Timer, error] {
	return pages(s.world, fault.ListTimers, func() (timers []state.Timer) {
		for _, t := range s.timers {
			if t.at <= s.now-s.indexLag && t.entry.DueAt.Before(before) {
				timers = append(timers, t.entry)
			}
		}
		return timers
	})
}

// pages lists the results of one query.
func pages[T any](w *world, r fault.Request, find func() []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		found, err := request(w, r, func() ([]T, error) { return find(), nil })
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
func (s store) DropTimer(_ context.Context, timer state.Timer) error {
	_, err := request(s.world, fault.DropRequest(timer), func() (struct{}, error) {
		s.wrote()
		s.forget(timer)
		return struct{}{}, s.inner.DropTimer(background, timer)
	})
	return err
}

func (w *world) forget(timer state.Timer) {
	w.timers = slices.DeleteFunc(w.timers, func(t indexed[state.Timer]) bool {
		return t.entry.RunID == timer.RunID && t.entry.TaskKey == timer.TaskKey && t.entry.Attempt == timer.Attempt
	})
}

// SetIfNotExist implements [state.Locks].
func (s store) SetIfNotExist(_ context.Context, key, owner string, ttl time.Duration) (bool, error) {
	return request(s.world, fault.LockRequest(key), func() (bool, error) {
		given, err := s.locks.SetIfNotExist(background, key, owner, ttl)
		s.sawLock(key, owner, ttl, given)
		return given, err
	})
}

// Release implements [state.Locks].
func (s store) Release(_ context.Context, key, owner string) (bool, error) {
	return request(s.world, fault.UnlockRequest(key), func() (bool, error) {
		released, err := s.locks.Release(background, key, owner)
		s.sawRelease(key, owner, released)
		return released, err
	})
}
