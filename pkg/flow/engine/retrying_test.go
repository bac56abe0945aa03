package engine_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const failing = `{"id":"failing","nodes":[{"id":"a","uses":"fail","config":{"maxRetries":3,"retryDelay":90000}}]}`

// retrying is a task that failed once and is due in a minute.
func (w *world) retrying() state.TaskRecord {
	task := inState("a", flow.TaskRetrying)
	task.Failures, task.DueAt = 1, w.clock.Now().Add(time.Minute)
	task.Via = state.ViaMessage
	return task
}

func TestRetry(t *testing.T) {
	t.Parallel()
	t.Run("is a new delayed message that carries its attempt", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil)
		w.create(func(r *state.Run) { r.Tenant = "t1" })
		w.handle(w.job("a", func(b *flow.MessageBody) { b.Hops = 7 }))
		sent := w.takeOne()
		if sent.Delay != 90*time.Second || sent.Of.Attempt != 2 || sent.Of.NodeID != "a" || sent.Of.Hops != 8 || sent.Tenant != "t1" {
			t.Errorf("sent %+v with delay %s for %q, want attempt 2 of a after 90 s, a hop more, for t1", sent.Of, sent.Delay, sent.Tenant)
		}
		if got := w.record("a"); !got.DueAt.Equal(w.clock.Now().Add(90 * time.Second)) {
			t.Errorf("due at %s, want in 90 s", got.DueAt)
		}
	})
	t.Run("not due is sent again with the rest of its delay, and acknowledged", func(t *testing.T) {
		t.Parallel()
		for _, attempt := range []int{0, 1, 3} { // none, the last one's, or an impossible one
			w := setup(t, failing, nil)
			w.create()
			w.put(w.retrying())
			w.clock.pass(20*time.Second + time.Millisecond)
			w.handle(again(w.job("a", func(b *flow.MessageBody) { b.Attempt = attempt })))
			w.wantStarts("a", 0)
			if sent := w.takeOne(); sent.Delay != 40*time.Second || sent.Of.Attempt != 2 {
				t.Errorf("sent attempt %d after %s, want 2 after 40 s", sent.Of.Attempt, sent.Delay)
			}
		}
	})
	t.Run("is due when the message of its attempt comes, on any clock", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil)
		w.create()
		w.put(w.retrying())
		w.clock.pass(time.Minute - state.Skew)
		w.handle(w.job("a", func(b *flow.MessageBody) { b.Attempt = 2 }))
		w.wantStarts("a", 1)
		if got := w.record("a"); got.Failures != 2 {
			t.Errorf("%d failures, want 2", got.Failures)
		}
	})
	t.Run("that is due is claimed by any message", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil)
		w.create()
		w.put(w.retrying())
		w.clock.pass(time.Minute)
		w.handle(w.job("a"))
		w.wantStarts("a", 1)
	})
	t.Run("is not sent for a lease that lives", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil)
		w.create()
		task := w.retrying()
		task.LeaseUntil = w.clock.Now().Add(time.Hour) // of the attempt that failed
		w.put(task)
		w.handle(w.job("a"))
		if sent := w.takeOne(); sent.Of.Attempt != 2 {
			t.Errorf("sent %+v, want attempt 2", sent.Of)
		}
	})
	t.Run("whose message was lost is sent by the message that comes back", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil)
		w.create()
		w.inject("lose the request of send")
		w.wantBack(w.job("a"))
		w.wantSent()
		w.clock.pass(30 * time.Second)
		w.handle(again(w.job("a")))
		if sent := w.takeOne(); sent.Delay != time.Minute || sent.Of.Attempt != 2 {
			t.Errorf("sent attempt %d after %s, want 2 after 1m", sent.Of.Attempt, sent.Delay)
		}
		w.wantStarts("a", 1)
	})
	t.Run("is sent by a walk that meets it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"s","uses":"pass"},{"id":"a","uses":"fail","config":{"maxRetries":3,"retryDelay":60000}}],"edges":[{"source":"s","target":"a"}]}`, nil)
		w.create()
		w.put(done("s", 0))
		w.put(w.retrying())
		w.handle(again(w.job("s")))
		if sent := w.takeOne(); sent.Delay != time.Minute || sent.Of.Attempt != 2 {
			t.Errorf("sent attempt %d after %s, want 2 after 1m", sent.Of.Attempt, sent.Delay)
		}
	})
	t.Run("later than a queue can delay is a timer", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			delay time.Duration
			timer bool
		}{{15 * time.Minute, false}, {15*time.Minute + time.Millisecond, true}} {
			w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"late","config":{"maxRetries":2}}]}`, flow.Registry{
				"late": taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{}, flow.RetryAfter(errBusy, test.delay) })})
			w.create(func(r *state.Run) { r.Tenant = "t1" })
			w.handle(w.job("a"))
			timers, sent := w.store.Timers(), w.queue.take()
			if len(timers) == 1 != test.timer || len(sent) == 1 == test.timer {
				t.Fatalf("after %s: %d timers and %d messages, want a timer: %t", test.delay, len(timers), len(sent), test.timer)
			}
			if !test.timer {
				continue
			}
			body, err := flow.ParseMessage(timers[0].Body)
			if err != nil || body.Attempt != 2 || timers[0].Attempt != 2 || !timers[0].DueAt.Equal(w.record("a").DueAt) || timers[0].Tenant != "t1" {
				t.Errorf("the timer is %+v (%v), want attempt 2, at the due time, for t1", timers[0], err)
			}
		}
	})
	t.Run("that would be due after the maximum duration of the run is none", func(t *testing.T) {
		t.Parallel()
		w := setup(t, failing, nil, func(c *engine.Config) { c.MaxRun = time.Hour })
		w.create(func(r *state.Run) { r.EndsBy = r.StartedAt.Add(80 * time.Second) })
		w.handle(w.job("a"))
		w.wantRun(flow.Failed)
		w.wantSent()
		if message := w.record("a").Error.Message; !strings.HasPrefix(message, "the next attempt would be due after the run's maximum duration (metadata.timeout): ") {
			t.Errorf("the error is %q: it must say why there is no retry", message)
		}
	})
	t.Run("leaves the writes of the failed attempt behind", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"w","config":{"maxRetries":2}}]}`, flow.Registry{
			"w": taskFunc(func(task *flow.Task) (flow.Result, error) {
				if err := task.Set("k", task.Attempt); err != nil {
					return flow.Result{}, err
				}
				if task.Attempt == 1 {
					return flow.Result{}, errBusy
				}
				return flow.Result{Output: json.RawMessage(`2`)}, nil
			})})
		w.handle(w.start())
		found, err := w.store.Load(t.Context(), state.ReadSet{RunID: w.runID, Keys: []string{"k"}})
		if err != nil || len(found.Values) != 0 {
			t.Errorf("after a failed attempt the context has %v (%v), want nothing", found.Values, err)
		}
		w.drain()
		found, err = w.store.Load(t.Context(), state.ReadSet{RunID: w.runID, Keys: []string{"k"}})
		if got := string(found.Values["k"].Value); got != "2" || err != nil {
			t.Errorf("k is %s (%v), want 2", got, err)
		}
	})
}
