package dynamo

import (
	"fmt"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// fork returns the record of a node that leads to n others.
func fork(n, size int) state.TaskRecord {
	task := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "fork"}, State: flow.TaskDone, Owner: "me",
		Expires: now.Add(time.Hour), Output: []byte(`1`)}
	for i := range n {
		edge := state.TakenEdge{Index: 2 * i}
		if size > 0 {
			edge.Value = fmt.Appendf(nil, `{"n":%d,"x":%s}`, i, value('x', size))
		}
		task.Edges = append(task.Edges, edge)
	}
	return task
}

// Each value is too small for parts of its own, but all together are too large for
// an item.
func TestPages(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"without values": 0, "with small values": 40, "with values of almost a kilobyte": 1000, "with values that need parts": 5000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			task := fork(5000, size)
			transition := state.Transition{Task: &task, Guard: state.Absent("state")}
			f.commit(t, transition)
			read := state.ReadSet{RunID: "r", Tasks: []state.TaskKey{task.TaskKey}}
			equal(t, "stored", f.load(t, read).Tasks[task.TaskKey], task)
			f.commit(t, transition)
			for listed, err := range f.Tasks(t.Context(), state.TaskQuery{RunID: "r"}) {
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "listed", listed, task)
			}
			for it := range f.scan(t, testNames.Context) {
				if ttl := it.seconds(tables.TTL); it.text(tables.ItemKey) != "node#fork" && ttl != task.Expires.Add(state.RunOutlives) {
					t.Fatalf("%s expires at %v, want with the run", it.text(tables.RunID), ttl)
				}
			}
			task.RunID = "s"
			task.Writes = []state.ContextWrite{{Key: "k", ContextValue: state.ContextValue{Value: []byte(`1`)}}}
			f.commit(t, state.Transition{Task: &task})
		})
	}
}

// A branch's reads of its fork do not depend on the number of branches.
func TestPages_a_successor_reads_its_own(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var narrow float64
	for _, n := range []int{manyEdges + 1, 1000, 15000} {
		task := fork(n, 20)
		task.Node = fmt.Sprint("fork-", n)
		f.commit(t, state.Transition{Task: &task})
		read := state.ReadSet{RunID: "r", Tasks: []state.TaskKey{task.TaskKey}, Edges: []int{60}}
		requests, capacity := f.wire.during(func() {
			edges := f.load(t, read).Tasks[task.TaskKey].Edges
			for _, edge := range edges {
				if edge.Index == 60 {
					same(t, "value", edge.Value, task.Edges[30].Value)
					return
				}
			}
			t.Errorf("edge 60 is not among %v", edges)
		})
		equal(t, "requests", len(requests), 2)
		if narrow == 0 {
			narrow = capacity
		}
		if capacity > narrow+1 {
			t.Errorf("one of %d edges takes %v read units, and %v where there are few", n, capacity, narrow)
		}
	}
}

// A record without many edges has no pages: it costs one request.
func TestPages_of_few_edges_are_none(t *testing.T) {
	t.Parallel()
	it := testLayout.taskItem(fork(manyEdges, 20))
	if parts := testLayout.turnPages(it); len(parts) > 0 || it[tables.Edges] == nil {
		t.Errorf("%d parts, want none", len(parts))
	}
}
