package dynamo

import (
	"context"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// received is a queue whose messages have all been received.
type received struct{ *memory.Queue }

func (received) Visible(context.Context) (int, error) { return 0, nil }

// TestReconciler checks the requests that a tick makes to DynamoDB.
func TestReconciler(t *testing.T) {
	t.Parallel()
	f := setup(t)
	queue := memory.NewQueue()
	clock := now
	config := engine.ReconcilerConfig{Config: engine.Config{Now: func() time.Time { return clock }}}
	reconciler, err := engine.NewReconciler(f.Store, NewCoordinationStore(f.Store), received{queue}, config)
	if err != nil {
		t.Fatal(err)
	}
	tick := func(what string, want engine.Stats, beside ...string) {
		t.Helper()
		requests, _ := f.wire.during(func() {
			got, err := reconciler.Tick(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			got.OldestRun = 0 // it has a test of its own
			equal(t, what, got, want)
		})
		var others []string
		for _, request := range requests {
			if request != "Query" {
				others = append(others, request)
			}
		}
		equal(t, what+": requests beside the queries of the indexes", others, beside)
		queries := 2*activeShards + dueShards // one for each shard and index, and one for the shard's oldest run
		if want.StalledRuns > 0 {
			queries++ // of the run's tasks
		}
		equal(t, what+": queries", len(requests)-len(others), queries)
	}

	b := &flow.Blueprint{ID: "pair", Nodes: []flow.Node{{ID: "a", Uses: "code"}, {ID: "b", Uses: "code"}},
		Edges: []flow.Edge{{Source: "a", Target: "b"}}}
	if err := suites.Begin(t.Context(), f.Store, b, state.Run{ID: "r", StartedAt: now, EndsBy: now.Add(time.Hour * 24), LastUpdated: now, Active: true}); err != nil {
		t.Fatal(err)
	}
	f.commit(t, state.Transition{Task: &state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "a"}, State: flow.TaskDone, Edges: []state.TakenEdge{{Index: 0}}}})

	tick("a healthy run", engine.Stats{})
	clock = clock.Add(6 * time.Minute)
	tick("a stalled run", engine.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1, Jobs: 1},
		"UpdateItem", "BatchGetItem", "BatchGetItem", "UpdateItem", "DeleteItem") // lock, run, blueprint, mark, release
	tick("a run that was rescued", engine.Stats{})
	if run, err := f.Run(t.Context(), "r"); err != nil || run.Rescues != 1 || !run.LastUpdated.Equal(clock) {
		t.Errorf("the run is %+v, %v, want a rescue counted now", run, err)
	}

	retry := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "b"}, State: flow.TaskRetrying, Failures: 1, DueAt: clock.Add(time.Hour)}
	f.commit(t, state.Transition{Task: &retry})
	clock = clock.Add(11 * time.Minute)
	tick("a run that waits for a far retry", engine.Stats{ScannedItems: 1, StalledRuns: 1},
		"UpdateItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem") // lock, run, timer, mark, release
	clock = clock.Add(20 * time.Minute)
	tick("a run out of the index", engine.Stats{})
	clock = clock.Add(20 * time.Minute)
	tick("a timer", engine.Stats{Timers: 1}, "UpdateItem", "DeleteItem")
	tick("a timer that was fired", engine.Stats{})

	f.commit(t, state.Transition{Run: &state.RunChange{RunID: "r", Finish: &state.Finish{Status: flow.Completed, FinishedAt: clock}}})
	clock = clock.Add(time.Hour)
	tick("a finished run", engine.Stats{})
	equal(t, "messages", queue.Len(), 2)
	for _, key := range []string{"lock#reconcile#r", "timer#r#b#2"} {
		if it := f.stored(t, f.items.coordination(key)); it != nil {
			t.Errorf("%s is left: %v", key, it)
		}
	}
}
