package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// A stored edge that its blueprint does not have is an error of the run: no branch is
// skipped, and no message circulates for ever.
func TestRecordWithAForeignEdgeFailsItsRun(t *testing.T) {
	t.Parallel()
	for name, edge := range map[string]int{"beyond the last": 99, "of another node": 1, "below the first": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`
			for how, handle := range map[string]func(*world){
				"a job":             func(w *world) { w.handle(w.job("b")) },
				"its last receives": func(w *world) { m := w.job("b"); m.Receives = 5; w.handle(m) },
				"a replay":          func(w *world) { w.handle(again(w.job("a"))) },
				"a tick": func(w *world) {
					v := watched(w)
					v.change(state.RunChange{LastUpdated: v.clock.Now().Add(-2 * stalledAfter)})
					v.tick(engine.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1})
				},
			} {
				w := setup(t, b, nil)
				w.create()
				w.put(done("a", edge))
				handle(w)
				w.wantRun(flow.Failed)
				if got := w.run().Error; got == nil || got.Code != state.CodeDamaged || !strings.Contains(got.Message, "record of node a") {
					t.Errorf("%s: the error is %v, want %s of node a", how, got, state.CodeDamaged)
				}
			}
		})
	}
}

// damagedStore finds the items of a run damaged.
type damagedStore struct {
	state.Store
	run bool // its own item, too
}

func (s *damagedStore) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	if s.run && set.Run || len(set.Tasks) > 0 {
		return state.Snapshot{}, &state.DamagedError{Item: "node#a", Reason: "edges is not a list of edges"}
	}
	return s.Store.Load(ctx, set)
}

func TestDamagedItemsFailTheRunOrRejectTheMessage(t *testing.T) {
	t.Parallel()
	setup := func(run bool, changes ...func(*state.Run)) *world {
		w := setup(t, chainTwo, codes)
		w.create(changes...)
		w.put(done("a", 0))
		w.wire = fault.NewInjector(&damagedStore{w.store, run}, w.queue)
		w.engine = w.newEngine(codes)
		return w
	}
	w := setup(false)
	w.handle(w.job("b"))
	w.wantRun(flow.Failed)
	if got := w.run().Error; got.Code != state.CodeDamaged {
		t.Errorf("the error is %+v", got)
	}
	if _, rejected := errors.AsType[*flow.RejectError](setup(true).engine.Handle(t.Context(), w.job("b"))); !rejected {
		t.Error("the job of a run whose own item is damaged is not rejected")
	}
	w = setup(false, func(r *state.Run) { r.Format = state.Format + 1 })
	if err := w.engine.Handle(t.Context(), w.job("b")); err == nil || !strings.Contains(err.Error(), "newer worker") {
		t.Errorf("err = %v, want the message of a newer version's run to come back", err)
	}
	w.wantRun(flow.Running)
}

// In tables that were restored to different seconds a run may be without its input: no
// node runs with null instead. A run that was started without one goes on.
func TestRunWhoseInputIsGoneFails(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]flow.Status{`{"x":1}`: flow.Failed, "null": flow.Completed, "": flow.Completed} {
		w := setup(t, chainTwo, codes)
		w.create(func(r *state.Run) {
			r.Input, r.InputHash = nil, decide.InputHash([]byte(input))
			if input == "" {
				r.InputHash = decide.InputHash(nil)
			}
		})
		w.handle(w.job("a"))
		w.wantRun(want)
		if got := w.run().Error; want == flow.Failed && (got == nil || got.Code != state.CodeDamaged || !strings.Contains(got.Message, "input")) {
			t.Errorf("the error is %v, want %s of the input", got, state.CodeDamaged)
		}
	}
}

// tornStore reads a run just after its start, and its input just before.
type tornStore struct{ state.Store }

func (s tornStore) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	snapshot, err := s.Store.Load(ctx, set)
	if set.Run {
		snapshot.Input = nil
	}
	return snapshot, err
}

func TestInputThatWasReadTooEarlyIsReadAgain(t *testing.T) {
	t.Parallel()
	w := setup(t, chainTwo, codes)
	w.create(func(r *state.Run) { r.InputHash = decide.InputHash(r.Input) })
	w.wire = fault.NewInjector(tornStore{w.store}, w.queue)
	w.engine = w.newEngine(codes)
	w.handle(w.job("a"))
	w.wantRun(flow.Completed)
}

// A join whose set knows more than the records, since the tables are of different moments,
// must not go on without a value.
func TestJoinWithoutTheRecordOfASource(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"two","nodes":[{"id":"x","uses":"pass"},{"id":"y","uses":"pass"},{"id":"j","uses":"pass"}],
		"edges":[{"source":"x","target":"j"},{"source":"y","target":"j"}]}`, nil)
	w.create()
	if _, err := w.store.Arrive(t.Context(), state.Arrival{
		RunID: w.runID, Join: state.JoinKey{TaskKey: state.TaskKey{Node: "j"}}, Arrived: []int{1}, Taken: []int{1},
		Now: w.clock.Now(), Expires: w.clock.Now().Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	w.handle(w.job("x"))
	w.wantRun(flow.Failed)
	if e := w.run().Error; e.Code != state.CodeDamaged || !strings.Contains(e.Message, `"y" has led to it`) {
		t.Errorf("the run failed with %+v, want that the record of y is missing", e)
	}
	w.wantStarts("j", 0)
}
