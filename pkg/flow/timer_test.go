package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

// timerOf is a timer of the world's run that sends the job of node a.
func (w *world) timerOf(due time.Duration) flow.Timer {
	return flow.Timer{
		RunID: w.runID, TaskKey: flow.TaskKey{Node: "a"}, Attempt: 2, DueAt: w.clock.Now().Add(due), Tenant: "acme",
		Body: w.job("a", func(b *flow.Body) { b.Attempt = 2 }).Body,
	}
}

func TestTick_fires_timers_to_the_second(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		due   time.Duration
		delay time.Duration
	}{
		"just within the look-ahead":  {flow.MaxDelay - time.Millisecond, flow.MaxDelay},
		"never early":                 {10*time.Minute + 300*time.Millisecond, 10*time.Minute + time.Second},
		"to the second":               {7 * time.Second, 7 * time.Second},
		"at once when it is due":      {0, 0},
		"at once when it is past due": {-time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, oneNode, codes)
			w.create()
			w.change(flow.RunChange{Leave: true})
			v := watched(w)
			timer := v.timerOf(tc.due)
			v.keep(timer)
			v.tick(flow.Stats{Timers: 1})
			sent := v.takeOne()
			if sent.Delay != tc.delay || sent.Body != timer.Body || sent.Tenant != "acme" {
				t.Errorf("sent %+v, want the timer's message with delay %s", sent, tc.delay)
			}
			if run := v.run(); run.Active != flow.Shard(run.ID) || !run.LastUpdated.Equal(w.clock.Now()) {
				t.Errorf("the run is in shard %q since %s, want it active since now", run.Active, run.LastUpdated)
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
	v.keep(v.timerOf(flow.MaxDelay))
	v.tick(idle)
	v.clock.pass(time.Millisecond)
	v.tick(flow.Stats{Timers: 1})
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
	if got := v.run().Active; got != "" {
		t.Errorf("the run is active in shard %s", got)
	}
}

func TestTick_a_timer_is_never_lost(t *testing.T) {
	t.Parallel()
	fired := flow.Stats{Timers: 1}
	for name, fail := range map[string]func(v *watch){
		"when the run cannot be touched": func(v *watch) { v.wire.Inject(v.wire.Count()+1, flowtest.LostRequest) },
		"when it cannot be sent":         func(v *watch) { v.wire.Inject(v.wire.Count()+2, flowtest.LostRequest) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, oneNode, codes)
			w.create()
			v := watched(w)
			v.keep(v.timerOf(0))
			fail(v)
			v.tick(flow.Stats{FailedTimers: 1})
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
		v.sight.drop = flowtest.ErrInjected
		v.tick(flow.Stats{FailedTimers: 1})
		v.sight.drop = nil
		v.tick(fired)
		v.wantSent("a", "a")
	})
}

func TestTick_timers_leave_half_the_time_for_runs(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	w.create()
	v := watched(w, func(c *flow.ReconcilerConfig) { c.Reserve = 2 * time.Second })
	for attempt := range 20 {
		timer := v.timerOf(0)
		timer.Attempt = attempt
		v.keep(timer)
	}
	v.runID = "run-2"
	v.create(func(r *flow.Run) { r.LastUpdated = v.clock.Now().Add(-stalledAfter - time.Second) })
	v.sight.dropping = func() { v.clock.pass(time.Second) } // so long a timer takes
	stats, err := v.Tick(until{t.Context(), v.clock.Now().Add(22 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	v.wantStats(flow.Stats{Timers: 10, ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1, Jobs: 1}, stats)
	v.tick(flow.Stats{Timers: 10})
}

func TestTick_a_lost_timer_is_written_again(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	w.create(func(r *flow.Run) { r.Tenant = "acme" })
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
	body, err := flow.ParseBody(timers[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	want := flow.Timer{RunID: "run", TaskKey: flow.TaskKey{Node: "a"}, Attempt: 2, DueAt: retry.DueAt, Body: timers[0].Body, Tenant: "acme",
		Expires: v.run().StartedAt.Add(180 * 24 * time.Hour)}
	if diff := cmp.Diff(want, timers[0]); diff != "" || body.NodeID != "a" || body.Attempt != 2 {
		t.Errorf("timer of message %+v (-want +got):\n%s", body, diff)
	}
	if got := v.run().Active; got != "" {
		t.Errorf("the run is in shard %q, want it out of the index", got)
	}

	v.clock.pass(time.Hour - flow.MaxDelay + time.Second)
	v.tick(flow.Stats{Timers: 1})
	v.clock.pass(v.takeOne().Delay)
	v.clock.pass(stalledAfter) // that message was lost
	v.tick(looked)
	v.clock.pass(stalledAfter + time.Second)
	v.tick(sentAgain(1))
	v.handle(v.takeOne().Message)
	v.wantRun(flow.Completed)
}

func TestTick_a_run_that_only_waits(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode, retained(time.Hour))
	v.put(inState("a", flow.TaskWaiting))
	v.tick(looked)
	v.wantSent()
	if got := v.run().Active; got != "" {
		t.Errorf("the run is in shard %q, want it out of the index", got)
	}
	v.clock.pass(50 * time.Minute) // the retention ends within the look-ahead
	v.tick(idle)
	v.clock.pass(10 * time.Minute)
	v.tick(idle) // brings it back
	v.wantSent()
	v.clock.pass(stalledAfter + time.Second)
	v.tick(flow.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1})
	v.wantRun(flow.Failed)
}
