package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func newer(r *state.Run) { r.Format = state.Format + 1 }

// Only a newer version knows the meaning of records that it wrote: an older worker
// changes none of them, and loses no message because of them.
func TestNewerFormat(t *testing.T) {
	t.Parallel()
	messages := map[string]func(*world) state.Message{
		"a job":                 func(w *world) state.Message { return w.job("a") },
		"a job of another body": func(w *world) state.Message { return w.job("a", func(b *flow.MessageBody) { b.BlueprintID = "newer" }) },
		"the start": func(w *world) state.Message {
			start := w.start()
			start.ID = "m-0"
			return start
		},
		"a cancel": func(w *world) state.Message {
			text, err := flow.MessageBody{Type: flow.TypeCancel, RunID: w.runID}.Encode()
			if err != nil {
				t.Fatal(err)
			}
			return state.Message{ID: "c", Body: text, Receives: 1}
		},
	}
	for name, message := range messages {
		t.Run(name+" comes back until a newer worker receives it", func(t *testing.T) {
			t.Parallel()
			w := setup(t, chain3, nil)
			w.create(newer)
			before := w.run()
			err := w.wantBack(message(w))
			if err != nil && !strings.Contains(err.Error(), "deploy") {
				t.Errorf("Handle = %v, want an error with advice", err)
			}
			w.handle(onReceive(message(w), 4))
			w.takeOne() // sent again, rather than made a dead letter
			if got := w.run(); got.Status != before.Status || !got.LastUpdated.Equal(before.LastUpdated) || got.StartOwner != before.StartOwner {
				t.Errorf("the run is %+v, was %+v", got, before)
			}
			w.wantStates(map[string]flow.State{"a": ""})
			w.wantStarts("a", 0)
		})
	}
	t.Run("the reconciler leaves the run alone, past its end too", func(t *testing.T) {
		t.Parallel()
		v := watched(setup(t, chain3, nil))
		v.create(newer)
		for _, d := range []time.Duration{time.Hour, 31 * 24 * time.Hour} {
			v.clock.pass(d)
			stats, _ := v.Tick(t.Context())
			if stats.Jobs != 0 || stats.ReconciledRuns != 0 {
				t.Errorf("Tick = %+v, want nothing done", stats)
			}
		}
		v.wantRun(flow.Running)
		v.wantSent()
	})
	t.Run("of the same format goes on", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.create()
		w.handle(w.job("a"))
		w.wantRun(flow.Completed)
	})
}

// The first worker to start a blueprint records it, so that others can tell which
// version is current.
func TestVersionIsKept(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","metadata":{"version":"3"},"nodes":[{"id":"a","uses":"pass"}],"edges":[]}`, nil)
	w.handle(w.start())
	w.runID = "second"
	w.handle(w.start())
	first := w.clock.Now()
	w.wantVersions(first)

	w.clock.pass(time.Hour)
	w.engine = w.newEngine(nil)
	w.runID = "third"
	w.handle(w.start())
	w.wantVersions(first.Add(time.Hour))

	old := w.newEngine(nil, func(c *engine.Config) {
		c.Blueprints = []*flow.Blueprint{parse(t, `{"id":"b","nodes":[{"id":"z","uses":"pass"}],"edges":[]}`)}
	})
	w.runID = "fourth"
	if err := old.Handle(t.Context(), w.start()); err != nil {
		t.Fatal(err)
	}
	if got := w.store.Versions("b"); len(got) != 2 {
		t.Errorf("versions = %+v, want both", got)
	}
}

// A run pins a version that others must be able to read: while that is not stored, no run
// begins, also where the store has refused it before.
func TestNoRunBeginsBeforeItsVersionIsStored(t *testing.T) {
	t.Parallel()
	w := setup(t, chain3, nil)
	w.inject("refuse keep blueprint")
	start := w.start()
	w.wantBack(start)
	if got := w.store.Versions("chain"); len(got) != 0 {
		t.Fatalf("versions = %+v, want none: the store has refused it", got)
	}
	w.handle(onReceive(start, 2))
	if got := w.store.Versions("chain"); len(got) != 1 || got[0].Hash != w.run().BlueprintHash {
		t.Errorf("versions = %+v, want the one of the run", got)
	}
}

// The records of a run are judged by the version that it pins, and not by the worker's.
func TestRecordsAreJudgedByTheirOwnVersion(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
		"edges":[{"source":"a","target":"d"},{"source":"a","target":"c"}]}`, nil)
	w.handle(w.start()) // a leads along the second edge, to c, by a job
	job := w.takeOne().Message
	w.engine = w.newEngine(nil, func(c *engine.Config) {
		c.Blueprints = []*flow.Blueprint{parse(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],"edges":[{"source":"a","target":"c"},{"source":"c","target":"d"},{"source":"a","target":"d"}]}`)}
	})
	w.handle(job)
	w.wantRun(flow.Completed)
}

// wantVersions wants one version of the blueprint, with the given last start.
func (w *world) wantVersions(started time.Time) {
	w.Helper()
	got := w.store.Versions("b")
	if len(got) != 1 || got[0].Hash != w.run().BlueprintHash || got[0].Version != "3" || !got[0].StartedAt.Equal(started) {
		w.Errorf("versions = %+v, want version 3, started last at %s", got, started)
	}
}
