package sim

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// indexed is an entry of an index, which readers see some time after the write.
type indexed[T any] struct {
	at    time.Duration
	entry T
}

// timers is the index of timers.
type timers []indexed[state.Timer]

func (t *timers) keep(now time.Duration, timer state.Timer) {
	t.forget(timer)
	*t = append(*t, indexed[state.Timer]{now, timer})
}

func (t *timers) forget(timer state.Timer) {
	*t = slices.DeleteFunc(*t, func(i indexed[state.Timer]) bool {
		return i.entry.RunID == timer.RunID && i.entry.TaskKey == timer.TaskKey && i.entry.Attempt == timer.Attempt
	})
}

// due returns the timers that are due before a time, as the index was at another.
func (t timers) due(before time.Time, asOf time.Duration) (due []state.Timer) {
	for _, i := range t {
		gone := i.entry.Expires.Before(before.Add(-state.MaxDelay))
		if i.at <= asOf && i.entry.DueAt.Before(before) && !gone {
			due = append(due, i.entry)
		}
	}
	return due
}
