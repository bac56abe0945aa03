package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestInline(t *testing.T) {
	t.Parallel()
	t.Run("a chain goes on without claims, under the head's lease", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.handle(w.job("a"))
		w.wantRequests(0, "load", "claim a", "commit a done", "commit b done", "commit c done", "finish run completed")
		head := w.record("a")
		for _, node := range []string{"b", "c"} {
			if got := w.record(node); got.Via != state.ViaInline || got.Owner != head.Owner || !got.LeaseUntil.Equal(w.clock.Now().Add(lease)) {
				t.Errorf("%s is via %q of %q until %s, want inline, of the head's owner and lease", node, got.Via, got.Owner, got.LeaseUntil)
			}
		}
	})
	t.Run("the lease stays on a task that is done", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.inject("crash before commit b")
		w.wantBack(w.job("a"))
		if got := w.record("a"); got.State != flow.TaskDone || !got.LeaseUntil.Equal(w.clock.Now().Add(lease)) {
			t.Errorf("a is %s, leased until %s, want done with the lease", got.State, got.LeaseUntil)
		}
		w.wantHeld(w.job("a"), w.clock.Now().Add(lease))
	})
	t.Run("nothing goes on inline after the death of a worker", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		died := inState("a", flow.TaskRunning)
		died.Starts = 1
		w.put(died)
		w.handle(again(w.job("a")))
		w.wantSent("b")
		w.wantStarts("a", 1)
		w.wantStarts("b", 0)
	})
	t.Run("a message that came back before anything began goes on inline", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.handle(again(w.job("a")))
		w.wantSent()
		w.wantRun(flow.Completed)
	})
	t.Run("nothing goes on inline after a walk", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.put(done("a", 0))
		w.handle(w.job("a")) // received once, as a duplicate may be
		w.wantSent("c")
		w.wantStarts("b", 1)
		if got := w.record("b"); got.Starts != 2 { // with the start of a worker that may have died
			t.Errorf("b has %d starts, want 2: it must be claimed after a walk", got.Starts)
		}
	})
	t.Run("a join is claimed", func(t *testing.T) {
		t.Parallel()
		w := setup(t, twoStarts, nil)
		w.create()
		w.handle(w.job("a"))
		mark := w.count()
		w.handle(w.job("b"))
		w.wantRequests(mark, "load", "claim b", "commit b done", "arrive at c", "load", "claim c", "commit c done", "finish run completed")
	})
	t.Run("of several ready tasks all but one are sent", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"fan","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"a","target":"d"}]}`, nil)
		w.create()
		w.handle(w.job("a"))
		w.wantStarts("b", 1)
		w.wantSent("c", "d")
	})
	t.Run("a chain hands over tasks that do not fit the time left", func(t *testing.T) {
		t.Parallel()
		// 60 s, of which 3 s are the reserve: c's 20 s fit until 37 s have passed.
		for _, test := range []struct {
			takes time.Duration
			fits  bool
		}{{37 * time.Second, true}, {37*time.Second + time.Millisecond, false}} {
			var w *world
			w = setup(t, `{"id":"b","nodes":[{"id":"a","uses":"slow"},{"id":"b","uses":"pass"}],"edges":[{"source":"a","target":"b"}]}`,
				flow.Registry{"slow": taskFunc(func(*flow.Task) (flow.Result, error) { w.clock.pass(test.takes); return flow.Result{}, nil })})
			w.create()
			w.handle(w.job("a"))
			if test.fits {
				w.wantSent()
				w.wantRun(flow.Completed)
				continue
			}
			w.wantSent("b")
			w.wantStarts("b", 0)
		}
	})
	t.Run("a node's own timeout decides whether it fits", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","config":{"timeout":50000}},{"id":"c","uses":"pass","config":{"timeout":50001}}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}`, nil)
		w.clock.now = time.Now().Add(time.Hour) // so that the context itself does not end
		w.create()
		ctx, cancel := context.WithDeadline(t.Context(), w.clock.Now().Add(53*time.Second))
		defer cancel()
		if err := w.engine.Handle(ctx, w.job("a")); err != nil {
			t.Fatal(err)
		}
		w.wantStarts("b", 1)
		w.wantSent("c")
	})
	t.Run("a head with too little time left waits unstarted", func(t *testing.T) {
		t.Parallel()
		for _, left := range []time.Duration{22*time.Second + 999*time.Millisecond, time.Second, -time.Second} {
			w := setup(t, chain3, nil)
			w.clock.now = time.Now().Add(time.Hour) // so that the context itself does not end
			w.create()
			ctx, cancel := context.WithDeadline(t.Context(), w.clock.Now().Add(left))
			defer cancel()
			mark := w.count()
			if err := w.engine.Handle(ctx, onReceive(w.job("a"), 2)); !errors.Is(err, engine.ErrNoTime) {
				t.Errorf("with %s left the verdict is %v, want too little time", left, err)
			}
			w.wantRequests(mark, "load")
			w.wantSent()
			w.wantStates(map[string]flow.State{"a": ""})
		}
	})
	t.Run("a head with its whole time left starts", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.clock.now = time.Now().Add(time.Hour)
		w.create()
		ctx, cancel := context.WithDeadline(t.Context(), w.clock.Now().Add(23*time.Second))
		defer cancel()
		if err := w.engine.Handle(ctx, w.job("a")); err != nil {
			t.Fatal(err)
		}
		if got := w.record("a").LeaseUntil; !got.Equal(w.clock.Now().Add(28 * time.Second).UTC().Truncate(time.Millisecond)) {
			t.Errorf("the lease ends at %s, want 5 s behind the context's deadline", got)
		}
	})
	t.Run("a deleted record is not read again, one that may have changed is", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"eval","params":{"expression":"key"}},{"id":"c","uses":"eval","params":{"expression":"[outputs.a, outputs.b, key]"}}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`, nil)
		w.create()
		w.handle(w.job("a"))
		w.wantRequests(0, "load", "claim a", "commit a done", "load", "commit b done", "load", "commit c done", "finish run completed")
	})
}

func TestLostCommit(t *testing.T) {
	t.Parallel()
	// Two executions of a decide differently: the recorded decision counts.
	const routes = `{"id":"routes","nodes":[{"id":"a","uses":"choose"},{"id":"mine","uses":"pass"},{"id":"theirs","uses":"pass"}],
		"edges":[{"source":"a","target":"mine","action":"mine"},{"source":"a","target":"theirs","action":"theirs"}]}`
	theirs := func(w *world) state.TaskRecord {
		task := done("a", 1)
		task.Action, task.Owner, task.Via = "theirs", "zombie", state.ViaMessage
		return task
	}
	for name, inline := range map[string]bool{"of a claimed task": false, "of an inline task": true} {
		t.Run(name+" goes on with the recorded decision", func(t *testing.T) {
			t.Parallel()
			var w *world
			w = setup(t, routes, flow.Registry{"choose": taskFunc(func(task *flow.Task) (flow.Result, error) {
				w.put(theirs(w))
				return flow.Result{Output: "mine", Action: "mine"}, task.Set("key", "mine")
			})})
			if inline {
				w.handle(w.start())
			} else {
				w.create()
				w.handle(w.job("a"))
			}
			w.drain()
			w.wantStarts("mine", 0)
			w.wantStarts("theirs", 1)
			w.wantRun(flow.Completed)
			if got := w.record("a"); got.Owner != "zombie" || string(got.Output) != "1" {
				t.Errorf("the record became %+v", got)
			}
			found, err := w.store.Load(t.Context(), state.ReadSet{RunID: w.runID, Keys: []string{"key"}})
			if err != nil || len(found.Values) > 0 {
				t.Errorf("the loser's writes are there: %v (%v)", found.Values, err)
			}
		})
		t.Run(name+" is held while the winner's lease lives", func(t *testing.T) {
			t.Parallel()
			var w *world
			w = setup(t, routes, flow.Registry{"choose": taskFunc(func(*flow.Task) (flow.Result, error) {
				task := theirs(w)
				task.LeaseUntil = w.clock.Now().Add(time.Second)
				w.put(task)
				return flow.Result{Action: "mine"}, nil
			})})
			if inline {
				w.wantHeld(w.start(), w.clock.Now().Add(time.Second))
			} else {
				w.create()
				w.wantHeld(w.job("a"), w.clock.Now().Add(time.Second))
			}
			w.wantSent()
			w.wantStarts("mine", 0)
			w.wantStarts("theirs", 0)
		})
		t.Run(name+" to a retry sends the retry", func(t *testing.T) {
			t.Parallel()
			var w *world
			w = setup(t, routes, flow.Registry{"choose": taskFunc(func(*flow.Task) (flow.Result, error) {
				task := inState("a", flow.TaskRetrying)
				task.Failures, task.DueAt = 1, w.clock.Now().Add(time.Minute)
				w.put(task)
				return flow.Result{Action: "mine"}, nil
			})})
			if inline {
				w.handle(w.start())
			} else {
				w.create()
				w.handle(w.job("a"))
			}
			if sent := w.takeOne(); sent.Of.Attempt != 2 || sent.Delay != time.Minute {
				t.Errorf("sent %+v after %s, want attempt 2 after 1m", sent.Of, sent.Delay)
			}
		})
	}
	t.Run("whose response alone was lost is its own", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.inject("repeat commit a")
		w.handle(w.job("a"))
		w.wantRun(flow.Completed)
		for _, node := range []string{"a", "b", "c"} {
			w.wantStarts(node, 1)
		}
	})
}

func TestCommitOutlivesTheMessagesContext(t *testing.T) {
	t.Parallel()
	w := setup(t, chain3, nil)
	w.create()
	ctx, cancel := context.WithCancel(t.Context())
	w.wire.Before("commit a", cancel)
	if err := w.engine.Handle(ctx, w.job("a")); err != nil {
		t.Errorf("Handle = %v, want the next node sent", err)
	}
	w.wantStarts("b", 0)
	w.wantSent("b")
	if got := w.record("a"); got.State != flow.TaskDone {
		t.Errorf("the node is %s, want done: its outcome was at hand", got.State)
	}
}

func TestInterruptedMessageSaysNothingOfTheNode(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"patient","config":{"maxRetries":2}}]}`, flow.Registry{
		"patient": flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
			cancel()
			<-ctx.Done()
			return flow.Result{}, ctx.Err()
		})})
	w.create()
	if err := w.engine.Handle(ctx, w.job("a")); err == nil {
		t.Error("an interrupted message was acknowledged")
	}
	got := w.record("a")
	givenBack := got.State == flow.TaskRetrying && got.Starts == 0 // the code has ended before it was given up
	if got.State != flow.TaskRunning && !givenBack || got.Failures != 0 {
		t.Errorf("the record is %+v, want running without a failure, or given back", got)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"flaky","config":{"maxRetries":2}},{"id":"b","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"fail"}],
		"edges":[{"source":"a","target":"b"},{"source":"b","target":"c","condition":"false"},{"source":"b","target":"d"}]}`,
		flow.Registry{"flaky": flowtest.FailTimes(1, errBusy, flowtest.Stub(1))})
	w.handle(w.start())
	w.drain()
	want := []string{"run started", "node retrying a", "node finished a", "node failed b", "node finished f", "node skipped c", "node failed d", "run failed d"}
	if diff := cmp.Diff(want, w.events.texts()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, event := range w.events.all {
		if event.RunID != w.runID || event.BlueprintID != "b" {
			t.Errorf("%s is of run %q and blueprint %q", event.Kind, event.RunID, event.BlueprintID)
		}
	}
}
