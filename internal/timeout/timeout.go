// Package timeout ends contexts after a time, and waits for an event until a context
// ends: on the real clock, or on one that a context carries, so that a simulation sees
// every timeout and everything that waits.
package timeout

import (
	"context"
	"time"
)

// Clock ends contexts, and lets time pass for those who wait.
type Clock interface {
	// WithTimeout is [context.WithTimeoutCause] on this clock.
	WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc)
	// Await is [Await] on this clock.
	Await(ctx context.Context, ready <-chan struct{}) error
}

type clockKey struct{}

// On returns a context whose own timeouts, and those of the contexts made from it, are
// on a clock.
func On(ctx context.Context, c Clock) context.Context { return context.WithValue(ctx, clockKey{}, c) }

// With is [context.WithTimeoutCause], on the clock that ctx carries, if any.
func With(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	if c, ok := ctx.Value(clockKey{}).(Clock); ok {
		return c.WithTimeout(ctx, d, cause)
	}
	return context.WithTimeoutCause(ctx, d, cause)
}

// Await waits until ready is closed, or ctx ends: then it returns the cause. It waits on
// the clock that ctx carries, if any.
func Await(ctx context.Context, ready <-chan struct{}) error {
	if c, ok := ctx.Value(clockKey{}).(Clock); ok {
		return c.Await(ctx, ready)
	}
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
