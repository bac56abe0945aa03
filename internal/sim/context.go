package sim

import (
	"context"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
	"github.com/flowcraft-go/flowcraft/internal/spawn"
	"github.com/flowcraft-go/flowcraft/internal/timeout"
)

var _ timeout.Clock = clock{}

// clock ends contexts on the world's clock.
type clock struct{ scheduler *scheduler }

// timed is a context with an end in the world's time.
type timed struct {
	context.Context
	deadline time.Time // on the clock of the process's sandbox
	ends     time.Duration
}

// endsKey is the key of a context's end.
type endsKey struct{}

// Deadline implements [context.Context].
func (t *timed) Deadline() (time.Time, bool) { return t.deadline, true }

// Value implements [context.Context].
func (t *timed) Value(key any) any {
	if key == (endsKey{}) {
		return t.ends
	}
	return t.Context.Value(key)
}

// endOf returns the time at which a context ends; zero if it does not.
func endOf(ctx context.Context) time.Duration {
	ends, _ := ctx.Value(endsKey{}).(time.Duration)
	return ends
}

// invocation returns the context of an invocation, on the world's clock. Its end may
// come early; at its deadline the process is killed.
func (s *scheduler) invocation(p *process) context.Context {
	ctx, cancel := context.WithCancel(s.clocked(p.home))
	p.end = cancel
	return &timed{ctx, p.home.clock().Add(p.deadline - s.now), p.deadline}
}

// clocked returns a context whose timeouts and waits are in the world's time.
func (s *scheduler) clocked(home *sandbox) context.Context {
	return spawn.On(semaphore.On(timeout.On(background, clock{s}), turns{home}), spawner{s})
}

// WithTimeout implements [timeout.Clock]. The contexts of a zombie have no end: it does
// as much harm as possible.
func (c clock) WithTimeout(parent context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	p := c.scheduler.current
	ctx, cancel := context.WithCancelCause(parent)
	stopped := p.zombie || p.dead
	ends := c.scheduler.now + d
	if parentEnds := endOf(parent); parent.Done() != nil && parentEnds > 0 && parentEnds < ends {
		ends = parentEnds
	}
	if cause == nil {
		cause = context.DeadlineExceeded
	}
	if !stopped {
		c.scheduler.at(d, func() {
			if !stopped {
				c.scheduler.interrupt(p, func() { cancel(cause) })
			}
		})
	}
	return &timed{ctx, p.home.clock().Add(ends - c.scheduler.now), ends}, func() {
		stopped = true
		cancel(nil)
	}
}
