package timeout_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/timeout"
)

var errUp = errors.New("up")

// asked notes the timeouts that a clock is asked for, and how often it is asked to wait.
type asked struct {
	times []time.Duration
	waits int
}

func (a *asked) WithTimeout(ctx context.Context, d time.Duration, _ error) (context.Context, context.CancelFunc) {
	a.times = append(a.times, d)
	return context.WithCancel(ctx)
}

func (a *asked) Await(context.Context, <-chan struct{}) error {
	a.waits++
	return errUp
}

func TestWith(t *testing.T) {
	t.Parallel()
	t.Run("ends a context on the real clock", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := timeout.With(t.Context(), time.Minute, errUp)
			defer cancel()
			time.Sleep(59 * time.Second)
			synctest.Wait()
			if err := ctx.Err(); err != nil {
				t.Errorf("too early it is over: %v", err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if err := context.Cause(ctx); !errors.Is(err, errUp) {
				t.Errorf("its cause is %v, want %v", err, errUp)
			}
		})
	})
	t.Run("asks the clock that the context carries, also a detached one", func(t *testing.T) {
		t.Parallel()
		clock := &asked{}
		ctx := context.WithoutCancel(timeout.On(t.Context(), clock))
		_, cancel := timeout.With(ctx, time.Second, nil)
		cancel()
		if len(clock.times) != 1 || clock.times[0] != time.Second {
			t.Errorf("the clock was asked for %v, want 1s", clock.times)
		}
	})
}

func TestAwait(t *testing.T) {
	t.Parallel()
	t.Run("returns when the channel is closed", func(t *testing.T) {
		t.Parallel()
		ready := make(chan struct{})
		close(ready)
		if err := timeout.Await(t.Context(), ready); err != nil {
			t.Error(err)
		}
	})
	t.Run("returns the cause when the context ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errUp)
		if err := timeout.Await(ctx, make(chan struct{})); !errors.Is(err, errUp) {
			t.Errorf("it returned %v, want %v", err, errUp)
		}
	})
	t.Run("asks the clock that the context carries", func(t *testing.T) {
		t.Parallel()
		clock := &asked{}
		if err := timeout.Await(timeout.On(t.Context(), clock), nil); !errors.Is(err, errUp) || clock.waits != 1 {
			t.Errorf("it returned %v after %d waits, want %v after one", err, clock.waits, errUp)
		}
	})
}
