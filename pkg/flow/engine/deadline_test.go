package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// The reconciler is configured with the worker's timeout. A host that gives a message
// more time, as after a change in the console, must not outrun it.
func TestDeadlineBeyondTheTimeoutIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ given, lease time.Duration }{
		"more than the timeout": {15 * time.Minute, lease},
		"the timeout":           {timeout, lease},
		"less":                  {40 * time.Second, 45 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, chain3, nil)
			w.clock.now = time.Now().Add(time.Hour) // so that the context itself does not end
			w.create()
			ctx, cancel := context.WithDeadline(t.Context(), w.clock.Now().Add(test.given))
			defer cancel()
			if err := w.engine.Handle(ctx, w.job("a")); err != nil {
				t.Fatal(err)
			}
			want := w.clock.Now().Add(test.lease).Truncate(time.Millisecond)
			if got := w.record("a").LeaseUntil; !got.Equal(want) {
				t.Errorf("the lease ends at %s, want %s", got, want)
			}
		})
	}
	t.Run("a chain goes on only as long as the timeout permits", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.clock.now = time.Now().Add(time.Hour)
		w.create()
		w.wire.Before("commit a", func() { w.clock.pass(timeout - 22*time.Second) }) // b needs 20 s and the reserve
		ctx, cancel := context.WithDeadline(t.Context(), w.clock.Now().Add(15*time.Minute))
		defer cancel()
		if err := w.engine.Handle(ctx, w.job("a")); err != nil {
			t.Fatal(err)
		}
		w.wantStarts("b", 0)
		w.wantSent("b")
	})
}

// Reading a task's records may take so long that its timeout does not fit any more. Its
// code is interrupted at the deadline, and not where the host's time ends.
func TestCodeEndsAtTheDeadlineOfTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended time.Time
		wait := flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
			<-ctx.Done()
			ended = time.Now()
			return flow.Result{}, ctx.Err()
		})
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"wait","config":{"timeout":50000}}]}`, flow.Registry{"wait": wait},
			func(c *engine.Config) { c.Now = time.Now })
		w.clock.now = time.Now()
		w.create()
		begun := time.Now()
		w.wire.Before("claim a", func() { time.Sleep(30 * time.Second) })
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
		defer cancel()
		err := w.engine.Handle(ctx, w.job("a"))
		if err == nil || !strings.Contains(err.Error(), "time for the message is up") {
			t.Errorf("Handle = %v, want an interruption", err)
		}
		synctest.Wait()
		if got := ended.Sub(begun); got != timeout {
			t.Errorf("the code ended after %s, want %s", got, timeout)
		}
		if got := w.record("a"); got.State != flow.TaskRunning || got.Failures != 0 {
			t.Errorf("the record is %+v, want it claimed, without a failure", got)
		}
	})
}

// mute is a store that answers no write. It notes when each is given up.
type mute struct {
	state.Store
	ends *[]time.Time
}

func (m mute) Commit(ctx context.Context, _ state.Transition) (state.TaskRecord, error) {
	<-ctx.Done()
	*m.ends = append(*m.ends, time.Now())
	return state.TaskRecord{}, context.Cause(ctx)
}

// A write that reached the deadline would cost the answers of the whole batch.
func TestWritesAreGivenUpBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"one"}]}`, flow.Registry{"one": flowtest.Stub(1)}, func(c *engine.Config) { c.Now = time.Now })
		w.clock.now = time.Now()
		w.create()
		var ends []time.Time
		var err error
		if w.engine, err = engine.New(mute{w.wire, &ends}, w.wire, flow.Registry{"one": flowtest.Stub(1)}, w.config); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(timeout)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		defer cancel()
		if err := w.engine.Handle(ctx, w.job("a")); err == nil {
			t.Error("a message whose outcome is not recorded was acknowledged")
		}
		if len(ends) != 2 || deadline.Sub(ends[0]) != time.Second || deadline.Sub(ends[1]) != 500*time.Millisecond {
			t.Errorf("writes were given up at %v, want the outcome's a second before %v, and that of the claim given back half a second", ends, deadline)
		}
	})
}
