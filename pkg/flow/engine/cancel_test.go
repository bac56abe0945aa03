package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func (w *world) cancelMessage(runID, reason string) state.Message {
	w.Helper()
	if err := client.New(w.queue, nil).Cancel(w.Context(), runID, reason); err != nil {
		w.Fatal(err)
	}
	return w.takeOne().Message
}

func TestCancel(t *testing.T) {
	t.Parallel()
	t.Run("ends the run with its reason", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.handle(w.cancelMessage("run", "no longer wanted"))
		run := w.run()
		if run.Status != flow.Cancelled || run.Error == nil || run.Error.Message != "no longer wanted" || run.Active || !run.FinishedAt.Equal(w.clock.Now()) {
			t.Errorf("the run is %+v, want cancelled with the reason, out of the index", run)
		}
	})
	t.Run("twice changes nothing", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.handle(w.cancelMessage("run", "first"))
		w.clock.pass(time.Minute)
		w.handle(w.cancelMessage("run", "second"))
		if got := w.run().Error.Message; got != "first" {
			t.Errorf("the reason is %q, want the first", got)
		}
	})
	t.Run("of a run that ended changes nothing", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.handle(w.start())
		mark := w.count()
		w.handle(w.cancelMessage("run", "late"))
		w.wantRequests(mark, "load")
		w.wantRun(flow.Completed)
	})
	t.Run("of a run that was redriven in between ends it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create(func(r *state.Run) { r.Epoch = 1 })
		w.wire = fault.NewInjector(redriven{w.store}, w.queue)
		w.engine = w.newEngine(nil)
		w.handle(w.cancelMessage("run", ""))
		w.wantRun(flow.Cancelled)
	})
	t.Run("that meets the end of the run changes nothing", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.wire.Before("finish run", func() {
			f := state.Finish{Status: flow.Completed}
			if _, err := w.store.Commit(t.Context(), state.Transition{Run: &state.RunChange{RunID: w.runID, Finish: &f}}); err != nil {
				t.Fatal(err)
			}
		})
		w.handle(w.cancelMessage("run", "late"))
		w.wantRun(flow.Completed)
	})
	t.Run("that comes before the start cancels it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		start := w.start()
		for range 2 {
			w.handle(w.cancelMessage("run", "a mistake"))
		}
		w.handle(start)
		w.wantSent()
		w.wantStarts("a", 0)
		w.wantRun(flow.Cancelled)
		if got := w.run(); got.Active || got.Error == nil || got.Error.Message != "a mistake" || got.Expires.Sub(w.clock.Now()) != 14*24*time.Hour {
			t.Errorf("the run is %+v, want ended for 14 days, with the reason", got)
		}
		if got := w.events.texts(); !slices.Equal(got, []string{"run cancelled", "start ignored"}) {
			t.Errorf("events %q", got)
		}
	})
	t.Run("that comes just before the start comes back and ends the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.wire.Before("create run", func() { w.create() })
		w.wantBack(w.cancelMessage("run", ""))
		w.handle(again(w.cancelMessage("run", "")))
		w.wantRun(flow.Cancelled)
	})
	t.Run("of a run that the store refuses to keep is not lost", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.inject("refuse create run")
		w.handle(onReceive(w.cancelMessage("run", ""), 5))
		w.handle(w.takeOne().Message)
		w.wantRun(flow.Cancelled)
	})
	t.Run("that cannot be read on its last receive is sent again", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		m := w.cancelMessage("run", "")
		w.inject("lose the request of load")
		w.handle(onReceive(m, 5))
		w.wantSentAgainFor(fault.ErrInjected)
		w.handle(w.takeOne().Message)
		w.wantRun(flow.Cancelled)
	})
}

// ownJoin is a join all of whose predecessors one message brings to their outcome.
const ownJoin = `{"id":"b","nodes":[{"id":"s","uses":"pass"},{"id":"a","uses":"pass"},{"id":"b","uses":"pass"}],"edges":[{"source":"s","target":"b"},{"source":"a","target":"b"},{"source":"s","target":"a"}]}`

// Nothing starts after a cancel: a chain reads the status again if it was last read
// more than a second ago, and before every claim.
func TestNothingStartsAfterTheRunHasEnded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint string
		passes    time.Duration
		after     string // the node that runs when the run has ended in a
		starts    int
	}{
		"in a chain, a second later":  {chain3, time.Second + time.Millisecond, "b", 0},
		"in a chain, at once":         {chain3, time.Second, "b", 1},
		"in a join, at once":          {`{"id":"b","nodes":[{"id":"s","uses":"pass"},{"id":"a","uses":"pass"},{"id":"b","uses":"pass"}],"edges":[{"source":"s","target":"b"},{"source":"a","target":"b"}]}`, 0, "b", 0},
		"in an own join, at once":     {ownJoin, 0, "b", 1},
		"in an own join, later":       {ownJoin, time.Second + time.Millisecond, "b", 0},
		"at most once, at once":       {`{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","config":{"semantics":"at-most-once"}}],"edges":[{"source":"a","target":"b"}]}`, 0, "b", 0},
		"by messages, at once":        {`{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"pass"},{"id":"b","uses":"pass"}],"edges":[{"source":"a","target":"c"},{"source":"a","target":"b"}]}`, 0, "b", 0},
		"a second later, by fallback": {`{"id":"b","nodes":[{"id":"a","uses":"fail","config":{"fallback":"b"}},{"id":"b","uses":"pass"}]}`, 2 * time.Second, "b", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *world
			w = setup(t, test.blueprint, nil, func(c *engine.Config) {
				c.Middleware = append(c.Middleware, func(next flow.Handler) flow.Handler {
					return taskFunc(func(task *flow.Task) (flow.Result, error) {
						if task.NodeID == "a" {
							w.cancel()
							w.clock.pass(test.passes)
						}
						return next.Handle(t.Context(), task)
					})
				})
			})
			w.handle(w.start())
			w.drain()
			w.wantStarts("a", 1)
			w.wantStarts(test.after, test.starts)
			w.wantRun(flow.Cancelled)
			if got := w.record("a").State; !got.Committed() {
				t.Errorf("a is %q, want its outcome recorded", got)
			}
		})
	}
}

// The first error fails the run; tasks that are still running may record their
// outcome, but nothing follows from it.
func TestFailedRunStaysAsItFailed(t *testing.T) {
	t.Parallel()
	var w *world
	w = setup(t, `{"id":"b","nodes":[{"id":"s","uses":"pass"},{"id":"a","uses":"slow"},{"id":"b","uses":"fail","params":{"code":"first"}},{"id":"c","uses":"pass"},{"id":"d","uses":"fail","params":{"code":"second"}}],
		"edges":[{"source":"s","target":"b"},{"source":"s","target":"a"},{"source":"s","target":"d"},{"source":"a","target":"c"}]}`,
		flow.Registry{"slow": taskFunc(func(*flow.Task) (flow.Result, error) {
			w.handle(w.job("b")) // fails the run while this node runs
			w.clock.pass(2 * time.Second)
			return flow.Result{}, nil
		})})
	w.create()
	w.put(done("s", 0, 1, 2))
	second := w.job("d")
	w.handle(w.job("a"))
	w.handle(second)
	w.wantStates(map[string]flow.State{"a": flow.TaskDone, "b": flow.TaskFailed, "c": "", "d": ""})
	w.wantRun(flow.Failed)
	if got := w.run().Error; got.Code != "first" || got.NodeID != "b" {
		t.Errorf("the run's error is %+v, want b's", got)
	}
	w.wantSent()
}

func TestTwoFailuresTheFirstWins(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"fail","params":{"code":"a"}},{"id":"b","uses":"fail","params":{"code":"b"}}]}`, nil)
	w.create()
	w.wire.Before("finish run", func() {
		f := state.Finish{Status: flow.Failed, Error: &flow.Failure{Code: "b", NodeID: "b"}}
		if _, err := w.store.Commit(t.Context(), state.Transition{Run: &state.RunChange{RunID: w.runID, Finish: &f}}); err != nil {
			t.Fatal(err)
		}
	})
	w.handle(w.job("a"))
	if got := w.run().Error; got.Code != "b" {
		t.Errorf("the run's error is %+v, want the first, b's", got)
	}
}

// redriven is a store whose runs are redriven right after they were read.
type redriven struct{ state.Store }

func (r redriven) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	found, err := r.Store.Load(ctx, set)
	if found.Run != nil {
		found.Run.Epoch--
	}
	return found, err
}

func TestRedrivenRunIsNotEndedByItsEarlierLife(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]func(w *world) state.Message{
		"by a failure":     func(w *world) state.Message { return w.job("a") },
		"by too many hops": func(w *world) state.Message { return w.job("a", func(b *flow.MessageBody) { b.Hops = 10_001 }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"fail"}]}`, nil)
			w.create(func(r *state.Run) { r.Epoch = 2 })
			w.wire = fault.NewInjector(redriven{w.store}, w.queue)
			w.engine = w.newEngine(nil)
			m := message(w)
			w.wantBack(m)
			w.wantRun(flow.Running)
			w.wire = fault.NewInjector(w.store, w.queue)
			w.engine = w.newEngine(nil)
			w.clock.pass(lease)
			w.handle(again(m)) // the recorded outcome ends the run as it is now
			w.wantRun(flow.Failed)
		})
	}
}

// A client's retry of a write whose response was lost finds the run ended by itself:
// the end must still be logged, since readers of the log wait for it.
func TestEndWhoseResponseWasLostIsLogged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint string
		last      string
	}{
		"completed": {chain3, "run completed"},
		"failed":    {`{"id":"b","nodes":[{"id":"a","uses":"fail"}]}`, "run failed a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, test.blueprint, nil)
			w.create()
			w.inject("repeat finish run")
			w.handle(w.job("a"))
			w.wantRun(flow.Status(name))
			texts := w.events.texts()
			if last := texts[len(texts)-1]; last != test.last {
				t.Errorf("the last event is %q, want %q", last, test.last)
			}
		})
	}
	t.Run("written by another worker is not", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.wire.Before("finish run", w.cancel)
		w.handle(w.job("a"))
		w.wantRun(flow.Cancelled)
		for _, text := range w.events.texts() {
			if text == "run completed" {
				t.Error("the run is said to have completed")
			}
		}
	})
}
