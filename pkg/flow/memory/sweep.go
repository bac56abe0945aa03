package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

var _ flow.Sweep = (*Store)(nil)

// Stalled implements [flow.Sweep]: the oldest first, as of the moment of the call.
func (s *Store) Stalled(ctx context.Context, before time.Time) iter.Seq2[flow.RunRef, error] {
	return list(ctx, s.stalled(before))
}

func (s *Store) stalled(before time.Time) (refs []flow.RunRef) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, kept := range s.runs {
		if run := kept.run; run != nil && run.Active != "" && run.LastUpdated.Before(before) {
			refs = append(refs, flow.RunRef{RunID: id, LastUpdated: run.LastUpdated, Rescues: run.Rescues})
		}
	}
	slices.SortFunc(refs, func(a, b flow.RunRef) int {
		return cmp.Or(a.LastUpdated.Compare(b.LastUpdated), strings.Compare(a.RunID, b.RunID))
	})
	return refs
}

// Due implements [flow.Sweep]: the earliest first, as of the moment of the call.
func (s *Store) Due(ctx context.Context, before time.Time) iter.Seq2[flow.Timer, error] {
	return list(ctx, slices.DeleteFunc(s.Timers(), func(t flow.Timer) bool { return !t.DueAt.Before(before) }))
}

// DropTimer implements [flow.Sweep].
func (s *Store) DropTimer(ctx context.Context, timer flow.Timer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of(timer.RunID).timers, timerKey{timer.TaskKey, timer.Attempt})
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
