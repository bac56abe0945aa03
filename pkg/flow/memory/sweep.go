package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Stalled implements [state.Sweep]: the oldest first, as of the moment of the call.
func (s *Store) Stalled(ctx context.Context, before time.Time) iter.Seq2[state.RunRef, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return list(ctx, s.all.stalled(before, s.gone))
}

// Oldest implements [state.Sweep].
func (s *Store) Oldest(ctx context.Context) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var oldest time.Time
	for _, kept := range s.all.runs {
		if run := kept.run; run != nil && run.Active && !s.gone(run.Expires) && (oldest.IsZero() || run.LastUpdated.Before(oldest)) {
			oldest = run.LastUpdated
		}
	}
	return oldest, ctx.Err()
}

func (c *contents) stalled(before time.Time, gone func(time.Time) bool) (refs []state.RunRef) {
	for id, kept := range c.runs {
		if run := kept.run; run != nil && run.Active && run.LastUpdated.Before(before) && !gone(run.Expires) {
			refs = append(refs, state.RunRef{RunID: id, LastUpdated: run.LastUpdated, Rescues: run.Rescues})
		}
	}
	slices.SortFunc(refs, func(a, b state.RunRef) int {
		return cmp.Or(a.LastUpdated.Compare(b.LastUpdated), strings.Compare(a.RunID, b.RunID))
	})
	return refs
}

// Due implements [state.Sweep]: the earliest first, as of the moment of the call.
func (s *Store) Due(ctx context.Context, before time.Time) iter.Seq2[state.Timer, error] {
	return list(ctx, slices.DeleteFunc(s.Timers(), func(t state.Timer) bool { return !t.DueAt.Before(before) || s.gone(t.Expires) }))
}

// DropTimer implements [state.Sweep].
func (s *Store) DropTimer(ctx context.Context, timer state.Timer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all.of(timer.RunID).timers, timerKey{timer.TaskKey, timer.Attempt})
	return nil
}

// list yields items until ctx ends, which is then the last error.
func list[T any](ctx context.Context, items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if ctx.Err() != nil {
				break
			}
			if !yield(item, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}
