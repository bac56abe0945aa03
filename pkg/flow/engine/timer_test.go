package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// timerOf is a timer of the world's run that sends the job of node a.
func (w *world) timerOf(due time.Duration) state.Timer {
	return state.Timer{
		RunID: w.runID, TaskKey: state.TaskKey{Node: "a"}, Attempt: 2, DueAt: w.clock.Now().Add(due), Tenant: "acme",
		Body: w.job("a", func(b *flow.MessageBody) { b.Attempt = 2 }).Body,
	}
}

func TestTick_fires_timers_to_the_second(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		due   time.Duration
		delay time.Duration
	}{
		"just within the look-ahead":  {state.MaxDelay - time.Millisecond, state.MaxDelay},
		"never early":                 {10*time.Minute + 300*time.Millisecond, 10*time.Minute + time.Second},
		"to the second":               {7 * time.Second, 7 * time.Second},
		"at once when it is due":      {0, 0},
		"at once when it is past due": {-time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, oneNode, codes)
			w.create()
			w.change(state.RunChange{Leave: true})
			v := watched(w)
			timer := v.timerOf(tc.due)
			v.keep(timer)
			v.tick(engine.Stats{Timers: 1})
			sent := v.takeOne()
			if sent.Delay != tc.delay || sent.Body != timer.Body || sent.Tenant != "acme" {
				t.Errorf("sent %+v, want the timer's message with delay %s", sent, tc.delay)
			}
			if run := v.run(); !run.Active || !run.LastUpdated.Equal(w.clock.Now()) {
				t.Errorf("the run is active: %t since %s, want it active since now", run.Active, run.LastUpdated)
			}
			v.tick(idle)
			if left := v.store.Timers(); len(left) > 0 {
				t.Errorf("timers left: %+v", left)
			}
		})
	}
}

func TestTick_a_timer_beyond_the_look_ahead_stays(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	w.create()
	v := watched(w)
	v.keep(v.timerOf(state.MaxDelay))
	v.tick(idle)
	v.clock.pass(time.Millisecond)
	v.tick(engine.Stats{Timers: 1})
}

func TestTick_the_timer_of_a_run_that_is_over_is_dropped(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	v := watched(w)
	v.create()
	v.handle(v.job("a"))
	v.keep(v.timerOf(0))
	v.tick(idle)
	v.wantSent()
	if left := v.store.Timers(); len(left) > 0 {
		t.Errorf("timers left: %+v", left)
	}
	if v.run().Active {
		t.Error("the run is active")
	}
}

func TestTick_a_timer_is_never_lost(t *testing.T) {
	t.Parallel()
	fired := engine.Stats{Timers: 1}
	for name, fail := range map[string]func(v *watch){
		"when the run cannot be touched": func(v *watch) { v.inject("lose the request of touch run") },
		"when it cannot be sent":         func(v *watch) { v.inject("lose the request of send") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, oneNode, codes)
			w.create()
			v := watched(w)
			v.keep(v.timerOf(0))
			fail(v)
			v.tick(engine.Stats{FailedTimers: 1})
			v.wantSent()
			v.tick(fired)
			v.wantSent("a")
		})
	}
	t.Run("when it cannot be dropped it is sent again", func(t *testing.T) {
		t.Parallel()
		w := setup(t, oneNode, codes)
		w.create()
		v := watched(w)
		v.keep(v.timerOf(0))
		v.sight.drop = fault.ErrInjected
		v.tick(engine.Stats{FailedTimers: 1})
		v.sight.drop = nil
		v.tick(fired)
		v.wantSent("a", "a")
	})
}

func TestTick_timers_leave_half_the_time_for_runs(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	w.create()
	v := watched(w, func(c *engine.ReconcilerConfig) { c.Reserve = 2 * time.Second })
	for attempt := range 20 {
		timer := v.timerOf(0)
		timer.Attempt = attempt
		v.keep(timer)
	}
	v.runID = "run-2"
	v.create(func(r *state.Run) { r.LastUpdated = v.clock.Now().Add(-stalledAfter - time.Second) })
	v.sight.dropping = func() { v.clock.pass(time.Second) } // dropping a timer takes that long
	stats, err := v.Tick(until{t.Context(), v.clock.Now().Add(22 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	v.wantStats(engine.Stats{Timers: 10, ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1, Jobs: 1}, stats)
	v.tick(engine.Stats{Timers: 10})
}

func TestTick_a_lost_timer_is_written_again(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	w.create(func(r *state.Run) { r.Tenant = "acme" })
	w.clock.pass(stalledAfter + time.Second)
	v := watched(w)
	retry := inState("a", flow.TaskRetrying)
	retry.Failures, retry.DueAt = 1, v.clock.Now().Add(time.Hour)
	v.put(retry)
	v.tick(looked)
	v.wantSent()
	timers := v.store.Timers()
	if len(timers) != 1 {
		t.Fatalf("timers = %+v, want the retry's", timers)
	}
	body, err := flow.ParseMessage(timers[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	want := state.Timer{RunID: "run", TaskKey: state.TaskKey{Node: "a"}, Attempt: 2, DueAt: retry.DueAt, Body: timers[0].Body, Tenant: "acme",
		Expires: v.run().StartedAt.Add(120 * 24 * time.Hour)}
	if diff := cmp.Diff(want, timers[0]); diff != "" || body.NodeID != "a" || body.Attempt != 2 {
		t.Errorf("timer of message %+v (-want +got):\n%s", body, diff)
	}
	if v.run().Active {
		t.Error("the run is active, want it out of the index")
	}

	v.clock.pass(time.Hour - state.MaxDelay + time.Second)
	v.tick(engine.Stats{Timers: 1})
	v.clock.pass(v.takeOne().Delay)
	v.clock.pass(stalledAfter) // the message was lost
	v.tick(looked)
	v.clock.pass(stalledAfter + time.Second)
	v.tick(sentAgain(1))
	v.handle(v.takeOne().Message)
	v.wantRun(flow.Completed)
}

func TestTick_a_run_that_only_waits(t *testing.T) {
	t.Parallel()
	v := shortLived(t, oneNode)
	v.put(inState("a", flow.TaskWaiting))
	v.tick(looked)
	v.wantSent()
	if v.run().Active {
		t.Error("the run is active, want it out of the index")
	}
	v.clock.pass(50 * time.Minute) // its maximum duration ends within the look-ahead
	v.tick(idle)
	v.clock.pass(10 * time.Minute)
	v.tick(idle) // makes it active again
	v.wantSent()
	v.clock.pass(stalledAfter + time.Second)
	v.tick(engine.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1})
	v.wantRun(flow.Failed)
}
