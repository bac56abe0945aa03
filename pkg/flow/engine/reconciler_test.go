package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestTick_a_lost_message_is_sent_again_and_the_run_completes(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, chainTwo)
	v.put(done("a", 0))
	v.tick(sentAgain(1))
	sent := v.wantSent("b")
	if got := v.events.texts(); !cmp.Equal(got, []string{"run rescued"}) {
		t.Errorf("events = %q, want the rescue", got)
	}
	v.handle(sent[0].Message)
	v.wantRun(flow.Completed)
	v.wantStarts("a", 0)
	v.wantStarts("b", 1)
}

func TestTick_a_lost_retry_is_sent_with_its_attempt(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode)
	retry := inState("a", flow.TaskRetrying)
	retry.Failures, retry.DueAt = 2, v.clock.Now().Add(-stalledAfter-time.Second)
	v.put(retry)
	v.tick(sentAgain(1))
	if got := v.takeOne().Of.Attempt; got != 3 {
		t.Errorf("the job's attempt is %d, want 3", got)
	}
}

func TestTick_a_lost_retry_is_sent_as_soon_as_it_is_overdue(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, twoNodes)
	start := v.clock.Now()
	for node, due := range map[string]time.Duration{"a": -2 * time.Minute, "b": -time.Minute} {
		retry := inState(node, flow.TaskRetrying)
		retry.Failures, retry.DueAt = 1, start.Add(due)
		v.put(retry)
	}
	v.tick(looked)
	v.clock.pass(start.Add(stalledAfter - 2*time.Minute).Sub(v.clock.Now()))
	v.tick(idle)
	v.clock.pass(time.Second)
	v.tick(sentAgain(1))
	v.wantSent("a")
}

func TestTick_a_job_says_that_it_is_sent_again(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, twoNodes)
	v.tick(sentAgain(2))
	ids := map[string]bool{"": true}
	for _, sent := range v.wantSent("a", "b") {
		id := sent.Attributes[state.AttributeID]
		if ids[id] {
			t.Errorf("the job for %s has the id %q, want one of its own", sent.Of.NodeID, id)
		}
		ids[id] = true
	}
}

func TestTick_a_job_carries_the_tenant(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	w.create(func(r *state.Run) { r.Tenant = "acme" })
	w.clock.pass(stalledAfter + time.Second)
	v := watched(w)
	v.tick(sentAgain(1))
	if got := v.takeOne().Tenant; got != "acme" {
		t.Errorf("tenant = %q, want acme", got)
	}
}

func TestTick_ends(t *testing.T) {
	t.Parallel()
	ended := engine.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1}
	broken := inState("a", flow.TaskFailed)
	broken.Error = &flow.Failure{Code: "no_stock", Message: "sold out", NodeID: "a", Attempt: 1}
	other := inState("b", flow.TaskFailed)
	other.Error, other.FinishedAt = &flow.Failure{Code: "late", NodeID: "b"}, time.Unix(9, 0)
	t.Run("a run whose ends are resolved completes with its result", func(t *testing.T) {
		t.Parallel()
		v := stalledRun(t, twoNodes)
		v.put(done("a"))
		v.put(done("b"))
		v.tick(ended)
		if run := v.run(); run.Status != flow.Completed || string(run.Result) != `{"a":1,"b":1}` {
			t.Errorf("the run is %s with result %s", run.Status, run.Result)
		}
		v.wantSent()
	})
	t.Run("a run with a failed node fails with the first error", func(t *testing.T) {
		t.Parallel()
		v := stalledRun(t, twoNodes)
		v.put(other)
		v.put(broken)
		v.tick(ended)
		if run := v.run(); run.Status != flow.Failed || run.Error == nil || run.Error.Code != "no_stock" {
			t.Errorf("the run is %s with error %+v", run.Status, run.Error)
		}
		v.wantSent()
	})
	t.Run("a run past its maximum duration fails", func(t *testing.T) {
		t.Parallel()
		v := shortLived(t, twoNodes)
		v.put(done("a"))
		v.clock.pass(time.Hour)
		v.tick(ended)
		if run := v.run(); run.Status != flow.Failed || run.Error == nil || run.Error.Code != state.CodeRunTimeout || !strings.Contains(run.Error.Message, "within the 1h0m0s") {
			t.Errorf("the run is %s with error %+v", run.Status, run.Error)
		}
		v.wantSent()
	})
	t.Run("a run with resolved ends completes past its maximum duration", func(t *testing.T) {
		t.Parallel()
		v := shortLived(t, oneNode)
		v.put(done("a"))
		v.clock.pass(time.Hour)
		v.tick(ended)
		v.wantRun(flow.Completed)
	})
	t.Run("a run past its maximum duration fails even without its blueprint", func(t *testing.T) {
		t.Parallel()
		w := setup(t, oneNode, codes)
		w.create(func(r *state.Run) { r.BlueprintHash, r.EndsBy = "gone", r.StartedAt.Add(time.Hour) })
		w.clock.pass(time.Hour)
		watched(w).tick(ended)
		w.wantRun(flow.Failed)
	})
}

// shortLived is a stalled run with a maximum duration of an hour.
func shortLived(t *testing.T, blueprint string) *watch {
	t.Helper()
	w := setup(t, blueprint, codes, func(c *engine.Config) { c.MaxRun = time.Hour })
	w.create()
	w.clock.pass(stalledAfter + time.Second)
	return watched(w)
}

func TestTick_is_a_no_op(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		age   time.Duration
		world func(v *watch)
		want  engine.Stats
	}{
		"on a run that was touched within the threshold": {age: stalledAfter, world: func(*watch) {}},
		"on a finished run": {age: stalledAfter + time.Second, world: func(v *watch) {
			v.handle(v.job("a"))
			v.wantRun(flow.Completed)
		}},
		"on a finished run that the index still has": {age: time.Second, world: func(v *watch) {
			v.handle(v.job("a"))
			v.clock.pass(2 * stalledAfter)
			v.sight.stale = []state.RunRef{{RunID: v.runID, LastUpdated: v.run().LastUpdated}}
		}, want: looked},
		"on a run that waits out of the index": {age: stalledAfter + time.Second, world: func(v *watch) {
			v.put(inState("a", flow.TaskWaiting))
			v.change(state.RunChange{Leave: true})
		}},
		"on a timer that a queue cannot delay yet": {age: time.Second, world: func(v *watch) {
			v.keep(state.Timer{TaskKey: state.TaskKey{Node: "a"}, DueAt: v.clock.Now().Add(state.MaxDelay), Body: "{}"})
		}},
		"on a run that the index still has": {age: time.Second, world: func(v *watch) {
			v.sight.stale = []state.RunRef{{RunID: v.runID, LastUpdated: v.clock.Now().Add(-time.Hour)}, {RunID: "gone"}}
		}, want: engine.Stats{ScannedItems: 2, StalledRuns: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, oneNode, codes)
			w.create()
			w.clock.pass(tc.age)
			v := watched(w)
			tc.world(v)
			before, mark := v.run(), v.count()
			v.tick(tc.want)
			for _, request := range v.requests(mark) {
				if request != "load" {
					t.Errorf("request %q, want reads alone", request)
				}
			}
			if diff := cmp.Diff(before, v.run()); diff != "" || v.sight.dropped > 0 {
				t.Errorf("%d timers dropped; the run changed (-before +after):\n%s", v.sight.dropped, diff)
			}
		})
	}
}

// change changes the world's run unconditionally.
func (w *world) change(c state.RunChange) {
	w.Helper()
	c.RunID = w.runID
	if _, err := w.store.Commit(w.Context(), state.Transition{Run: &c}); err != nil {
		w.Fatal(err)
	}
}

// keep stores a timer of the world's run.
func (w *world) keep(timer state.Timer) {
	w.Helper()
	timer.RunID = w.runID
	if _, err := w.store.Commit(w.Context(), state.Transition{Timer: &timer}); err != nil {
		w.Fatal(err)
	}
}

func TestTick_leaves_a_run_alone(t *testing.T) {
	t.Parallel()
	t.Run("when a worker comes in between reading and sending", func(t *testing.T) {
		t.Parallel()
		v := stalledRun(t, chainTwo)
		v.put(done("a", 0))
		v.sight.between = func() { v.handle(v.job("b")) }
		v.tick(looked)
		v.wantSent()
		v.wantStarts("b", 1)
	})
	t.Run("when a worker comes in and the run goes on", func(t *testing.T) {
		t.Parallel()
		v := stalledRun(t, twoNodes)
		v.put(done("a"))
		v.sight.between = func() { v.change(state.RunChange{LastUpdated: v.clock.Now(), ResetRescues: true}) }
		v.tick(looked)
		v.wantSent()
		if got := v.run().Rescues; got != 0 {
			t.Errorf("rescues = %d, want 0", got)
		}
	})
	t.Run("when another reconciler has it", func(t *testing.T) {
		t.Parallel()
		v := stalledRun(t, oneNode)
		if taken, err := v.locks.Take(t.Context(), "lock#reconcile#run", "another", time.Minute); !taken.Mine || err != nil {
			t.Fatal(taken, err)
		}
		stats, err := v.Tick(t.Context())
		stats.OldestRun = 0
		if err != nil || stats != looked {
			t.Errorf("Tick = %+v, %v", stats, err)
		}
		v.wantSent()
	})
	t.Run("when another reconciler is faster, without a lock", func(t *testing.T) {
		t.Parallel()
		v := stalledRun(t, oneNode)
		v.sight.between = func() {
			other := watched(v.world)
			v.clock.pass(time.Second)
			other.tick(sentAgain(1))
			v.clock.pass(time.Second)
		}
		v.tick(looked)
		v.wantSent("a")
	})
	t.Run("when a worker is on it, and looks again after the threshold", func(t *testing.T) {
		t.Parallel()
		v := stalledRun(t, oneNode)
		claimed := inState("a", flow.TaskRunning)
		claimed.LeaseUntil = v.clock.Now().Add(time.Second)
		v.put(claimed)
		v.tick(looked)
		v.tick(idle)
		v.wantSent()
		v.clock.pass(stalledAfter + time.Second)
		v.tick(sentAgain(1))
		if got := v.run().Rescues; got != 1 {
			t.Errorf("rescues = %d, want 1: looking is none", got)
		}
	})
}

func TestTick_two_at_once_send_once(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode, func(c *engine.ReconcilerConfig) { c.NewID = nil })
	var ticks sync.WaitGroup
	for range 2 {
		ticks.Go(func() {
			if _, err := v.Tick(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	ticks.Wait()
	v.wantSent("a")
	if v.locks.Held() > 0 {
		t.Error("a lock was not given back")
	}
}

func TestTick_each_rescue_doubles_the_wait_up_to_an_hour(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode)
	v.tick(sentAgain(1))
	for rescues, minutes := range []int{10, 20, 40, 60, 60} {
		v.queue.take() // lost
		v.clock.pass(time.Duration(minutes)*time.Minute - time.Second)
		v.tick(engine.Stats{ScannedItems: 1})
		v.clock.pass(time.Second)
		v.tick(sentAgain(1))
		if got := v.run().Rescues; got != rescues+2 {
			t.Errorf("rescues = %d, want %d", got, rescues+2)
		}
	}
}

func TestTick_a_worker_resets_the_rescues(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, twoNodes)
	v.tick(sentAgain(2))
	for _, sent := range v.wantSent("a", "b") {
		if sent.Of.NodeID == "a" {
			v.handle(sent.Message)
		}
	}
	if got := v.run().Rescues; got != 0 {
		t.Errorf("rescues = %d, want 0", got)
	}
	v.clock.pass(stalledAfter + time.Second)
	v.tick(sentAgain(1))
	v.wantSent("b")
}

func TestTick_sends_no_more_than_its_limit(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, twoNodes, func(c *engine.ReconcilerConfig) { c.RescueLimit = 3 })
	for _, id := range []string{"run-2", "run-3"} {
		v.runID = id
		v.create(func(r *state.Run) { r.LastUpdated = v.clock.Now().Add(-stalledAfter - time.Second) })
	}
	v.tick(engine.Stats{ScannedItems: 2, StalledRuns: 2, ReconciledRuns: 2, Jobs: 3})
	v.wantSent("a", "b", "a")
	v.tick(sentAgain(2))
	if sent := v.wantSent("a", "b"); sent[0].Of.RunID != "run-3" {
		t.Errorf("the next tick went on with %s, want run-3", sent[0].Of.RunID)
	}
}

func TestTick_is_silent_while_the_queue_is_behind(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode, func(c *engine.ReconcilerConfig) { c.RescueLimit = 10 })
	v.sight.visible = 11
	before := v.run()
	v.tick(looked)
	v.wantSent()
	if diff := cmp.Diff(before, v.run()); diff != "" {
		t.Errorf("the run changed (-before +after):\n%s", diff)
	}
	v.clock.pass(2 * time.Hour)
	v.tick(looked)
	v.sight.visible = 10
	v.tick(sentAgain(1))
}

// A visible message may be the one that a run waits for; after an hour it is
// considered lost.
func TestTick_a_lost_message_is_missed_in_a_busy_queue(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode)
	v.sight.visible = 7
	for v.clock.Now().Before(v.run().LastUpdated.Add(time.Hour)) {
		v.tick(looked)
		v.wantSent()
		v.clock.pass(time.Minute)
	}
	v.tick(sentAgain(1))
	v.wantSent("a")
}

func TestTick_more_runs_wait_than_messages(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode)
	for i, id := range []string{"run-2", "older", "run-4"} {
		v.runID = id
		v.create(func(r *state.Run) { r.LastUpdated = v.clock.Now().Add(-stalledAfter - time.Second) })
		if i == 1 {
			v.change(state.RunChange{LastUpdated: v.clock.Now().Add(-2 * stalledAfter)})
		}
	}
	v.sight.visible = 3
	v.tick(engine.Stats{ScannedItems: 4, StalledRuns: 4, ReconciledRuns: 1, Jobs: 1})
	if sent := v.wantSent("a"); sent[0].Of.RunID != "older" {
		t.Errorf("the tick sent a message for %s, want older", sent[0].Of.RunID)
	}
	v.sight.visible = 4
	v.tick(engine.Stats{ScannedItems: 3, StalledRuns: 3})
	v.sight.visible = 0
	v.tick(engine.Stats{ScannedItems: 3, StalledRuns: 3, ReconciledRuns: 3, Jobs: 3})
}

// Sending for the held runs ends with the tick's time, too.
func TestTick_of_a_busy_queue_begins_nothing_in_its_reserve(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode, func(c *engine.ReconcilerConfig) { c.Reserve = 3 * time.Second })
	for _, id := range []string{"run-2", "run-3"} {
		v.runID = id
		v.create(func(r *state.Run) { r.LastUpdated = v.clock.Now().Add(-stalledAfter - time.Second) })
	}
	v.sight.visible = 1
	v.sight.between = func() { v.clock.pass(7 * time.Second) }
	stats, err := v.Tick(until{t.Context(), v.clock.Now().Add(10 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	v.wantStats(engine.Stats{ScannedItems: 3, StalledRuns: 3, ReconciledRuns: 1, Jobs: 1}, stats)
}

func TestTick_one_error_keeps_no_other_run_waiting(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		breakRun func(v *watch)
		want     string
	}{
		"a blueprint that is gone": {func(v *watch) { v.create(func(r *state.Run) { r.BlueprintHash = "gone" }) }, "blueprint two (gone): its body"},
		"a panic": {func(v *watch) {
			v.create()
			v.sight.between = func() { panic("of the store") }
		}, "panic: "},
		"a write that fails": {func(v *watch) {
			v.create()
			v.inject("lose the request of mark run")
		}, "mark run broken: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			w := setup(t, chainTwo, codes)
			w.create()
			v := watched(w, func(c *engine.ReconcilerConfig) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
			v.clock.pass(stalledAfter)
			v.runID = "broken"
			tc.breakRun(v)
			v.change(state.RunChange{LastUpdated: v.clock.Now().Add(-2 * stalledAfter)}) // it comes first
			v.clock.pass(time.Second)
			v.tick(engine.Stats{ScannedItems: 2, StalledRuns: 2, ReconciledRuns: 1, FailedRuns: 1, Jobs: 1})
			v.wantSent("a")
			var line struct{ Level, Msg, RunID, Error string }
			first, _, _ := strings.Cut(strings.ReplaceAll(log.String(), "run_id", "runId"), "\n")
			if err := json.Unmarshal([]byte(first), &line); err != nil {
				t.Fatal(err)
			}
			if line.Level != "ERROR" || line.Msg != "run not reconciled" || line.RunID != "broken" || !strings.Contains(line.Error, tc.want) {
				t.Errorf("log line %+v, want the error of run broken with %q", line, tc.want)
			}
		})
	}
}

// until is a context whose deadline is on the test's clock.
type until struct {
	context.Context
	deadline time.Time
}

func (u until) Deadline() (time.Time, bool) { return u.deadline, true }

func TestTick_begins_nothing_in_its_reserve(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode, func(c *engine.ReconcilerConfig) { c.Reserve = 3 * time.Second })
	v.runID = "run-2"
	v.create(func(r *state.Run) { r.LastUpdated = v.clock.Now().Add(-stalledAfter - time.Second) })
	v.sight.between = func() { v.clock.pass(7 * time.Second) } // rescuing the first takes long
	stats, err := v.Tick(until{t.Context(), v.clock.Now().Add(10 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	v.wantStats(sentAgain(1), stats)
	v.tick(sentAgain(1))
}

func TestTick_a_repeated_mark_is_its_own(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode)
	v.inject("repeat mark run")
	v.tick(sentAgain(1))
	v.wantSent("a")
	if got := v.requests(0)[2]; got != "mark run" {
		t.Fatalf("the third request is %q, want the mark", got)
	}
}

// The age is that before the tick, which touches the runs that it rescues; a run that
// waits for its timer is not counted.
func TestTick_tells_the_age_of_the_oldest_run(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, oneNode)
	age := func(step string, want int) {
		t.Helper()
		if stats, err := v.Tick(t.Context()); err != nil || stats.OldestRun != want {
			t.Errorf("%s: Tick = %+v, %v, want an oldest run of %d s", step, stats, err, want)
		}
	}
	want := int(v.clock.Now().Sub(v.run().LastUpdated).Seconds())
	if want < int(stalledAfter.Seconds()) {
		t.Fatalf("the run is %d s old: it is not stalled", want)
	}
	age("a stalled run", want)
	v.clock.pass(7 * time.Second)
	age("after its rescue", 7)
	v.clock.pass(2*stalledAfter - 7*time.Second)
	retry := inState("a", flow.TaskRetrying)
	retry.Failures, retry.DueAt = 1, v.clock.Now().Add(24*time.Hour)
	v.put(retry)
	age("a run that waits, before it leaves the index", int(2*stalledAfter.Seconds()))
	age("and after that", 0)
	v.runID = "ahead"
	v.create(func(r *state.Run) { r.LastUpdated = v.clock.Now().Add(time.Minute) })
	age("a run whose message is due later", 0)
}

func TestTick_an_unreadable_list_is_its_error_and_spares_the_other(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T) *watch {
		v := stalledRun(t, oneNode)
		v.keep(state.Timer{TaskKey: state.TaskKey{Node: "timed"}, DueAt: v.clock.Now(), Body: v.job("timed").Body})
		v.runID = "run-2"
		v.create(func(r *state.Run) { r.LastUpdated = v.clock.Now().Add(-stalledAfter - time.Second) })
		return v
	}
	t.Run("timers", func(t *testing.T) {
		t.Parallel()
		v := setup(t)
		v.sight.unlisted = map[string]bool{"timers": true}
		stats, err := v.Tick(t.Context())
		if !errors.Is(err, fault.ErrInjected) || stats.Jobs != 2 {
			t.Errorf("Tick = %+v, %v, want the error, and the runs' jobs", stats, err)
		}
	})
	t.Run("runs", func(t *testing.T) {
		t.Parallel()
		v := setup(t)
		v.sight.unlisted = map[string]bool{"runs": true}
		stats, err := v.Tick(t.Context())
		if !errors.Is(err, fault.ErrInjected) || stats.Timers != 1 {
			t.Errorf("Tick = %+v, %v, want the error, and the timer", stats, err)
		}
	})
	t.Run("oldest", func(t *testing.T) {
		t.Parallel()
		v := setup(t)
		v.sight.unlisted = map[string]bool{"oldest": true}
		stats, err := v.Tick(t.Context())
		if !errors.Is(err, fault.ErrInjected) || stats.Timers != 1 || stats.Jobs != 1 || stats.OldestRun != -1 {
			t.Errorf("Tick = %+v, %v, want the error, the timer, a run's job, and no age", stats, err)
		}
	})
	t.Run("backlog", func(t *testing.T) {
		t.Parallel()
		v := setup(t)
		v.sight.unseen = fault.ErrInjected
		stats, err := v.Tick(t.Context())
		stats.OldestRun = 0
		if !errors.Is(err, fault.ErrInjected) || stats != (engine.Stats{Timers: 1}) {
			t.Errorf("Tick = %+v, %v, want the error, and the timer alone", stats, err)
		}
	})
}

func TestTick_logs_one_line(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	v := stalledRun(t, oneNode, func(c *engine.ReconcilerConfig) {
		c.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	})
	v.put(done("a"))
	v.keep(state.Timer{TaskKey: state.TaskKey{Node: "a"}, DueAt: v.clock.Now(), Body: v.job("a").Body})
	v.tick(engine.Stats{Timers: 1})
	v.clock.pass(stalledAfter + time.Second)
	log.Reset()
	v.tick(engine.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1})
	var got []map[string]any
	for line := range strings.Lines(log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		if fields["msg"] == "tick" {
			delete(fields, "time")
			got = append(got, fields)
		}
	}
	want := []map[string]any{{"level": "INFO", "msg": "tick", "scanned_items": 1.0, "stalled_runs": 1.0, "reconciled_runs": 1.0,
		"failed_runs": 0.0, "jobs": 0.0, "timers": 0.0, "failed_timers": 0.0, "oldest_run_s": (stalledAfter + time.Second).Seconds()}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tick lines (-want +got):\n%s", diff)
	}
}

func TestNewReconciler_reports_all_faults(t *testing.T) {
	t.Parallel()
	store, queue := memory.NewStore(), memory.NewQueue()
	_, err := engine.NewReconciler(store, memory.NewLocks(queue.Now), queue, engine.ReconcilerConfig{
		Config:      engine.Config{StalledAfter: time.Minute, Retention: time.Minute},
		RescueLimit: -1,
	})
	for _, want := range []string{"stalled after 1m0s: at least 4/3", "Retention: 1m0s", "RescueLimit: -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q in it", err, want)
		}
	}
	// A node's timeout does not concern the reconciler.
	if _, err := engine.NewReconciler(store, memory.NewLocks(queue.Now), queue, engine.ReconcilerConfig{Config: engine.Config{Timeout: 5 * time.Second}}); err != nil {
		t.Errorf("a short function timeout: %v", err)
	}
}

// Two tasks have written context keys, and neither has led on to their join: its message
// alone would come before their writes, and each tick may send only one of theirs.
func TestTick_sends_others_of_too_many_jobs_each_time(t *testing.T) {
	t.Parallel()
	v := stalledRun(t, `{"id":"join","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"j","uses":"code"}],
		"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`, func(c *engine.ReconcilerConfig) {
		c.RescueLimit, c.Jitter = 1, rand.New(rand.NewPCG(1, 2)).Float64
	})
	for i, id := range []string{"a", "b"} {
		record := done(id, i)
		record.Writes = []state.ContextWrite{{Key: id, ContextValue: state.ContextValue{Value: []byte(`1`)}}}
		v.put(record)
	}
	sent := map[string]bool{}
	for range 50 {
		v.tick(sentAgain(1))
		for _, m := range v.queue.take() {
			sent[m.Of.NodeID] = true
		}
		v.clock.pass(time.Hour)
	}
	if !sent["a"] || !sent["b"] || len(sent) != 2 {
		t.Errorf("in 50 ticks the jobs of %v were sent, want those of a and b", sent)
	}
}

// A worker may register a node of its own under a built-in's name. The reconciler, which
// has no registry, must not refuse its parameters.
func TestTick_rescues_a_run_whose_node_has_a_built_ins_name(t *testing.T) {
	t.Parallel()
	own := flow.Registry{"set": flow.Func(func(context.Context, any) (int, error) { return 1, nil })}
	w := setup(t, `{"id":"own","nodes":[{"id":"a","uses":"set","params":{"mine":1}}]}`, own)
	w.create()
	w.clock.pass(stalledAfter + time.Second)
	v := watched(w)
	v.tick(sentAgain(1))
	v.wantSent("a")
}
