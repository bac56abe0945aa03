package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/spawn"
)

var _ spawn.Spawner = spawner{}

// spawner makes the goroutines of a handling strands of its process, which have their turns
// like any others.
type spawner struct{ scheduler *scheduler }

// Go implements [spawn.Spawner].
func (s spawner) Go(ctx context.Context, f func(context.Context)) {
	s.strand(ctx, s.scheduler.current, f)
}

// strand begins a strand beside another one.
func (s spawner) strand(ctx context.Context, beside *process, f func(context.Context)) {
	p := &process{
		handling: beside.handling, name: fmt.Sprintf("%s+%d", beside.strands[0].name, len(beside.strands)),
		knew: beside.knew, worked: beside.worked,
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx)) // the contexts of strands end one after the other
	if p.end = cancel; ctx.Err() != nil {
		cancel()
	}
	if deadline, ok := ctx.Deadline(); ok {
		own = &timed{own, deadline, endOf(ctx)}
	}
	s.scheduler.begin(p, func() { f(own) })
}

// After implements [spawn.Spawner].
func (s spawner) After(ctx context.Context, d time.Duration, f func(context.Context)) (stop func()) {
	beside, stopped := s.scheduler.current, false
	s.scheduler.at(d, func() {
		if !stopped && !beside.strands[0].over {
			s.strand(ctx, beside, f)
		}
	})
	return func() { stopped = true }
}

// Wait implements [spawn.Spawner].
func (s spawner) Wait(_ context.Context, over func() bool) {
	for p := s.scheduler.current; !over(); {
		s.scheduler.park(p)
	}
}
