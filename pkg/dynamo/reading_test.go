package dynamo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// heavyRecords stores n done tasks, each with an output of 1 MB in parts.
func (f *fixture) heavyRecords(t *testing.T, n int) (keys []state.TaskKey) {
	t.Helper()
	for i := range n {
		key := state.TaskKey{Node: fmt.Sprint("n", i)}
		keys = append(keys, key)
		f.commit(t, state.Transition{Task: &state.TaskRecord{RunID: "r", TaskKey: key, State: flow.TaskDone, Output: value('a'+byte(i), 1<<20)}})
	}
	return keys
}

func TestLoad_sums_sizes_before_it_reads_parts(t *testing.T) {
	t.Parallel()
	f := setup(t)
	keys := f.heavyRecords(t, 5)
	for limit, want := range map[int][]string{
		4 << 20: {"BatchGetItem"},
		6 << 20: {"BatchGetItem", "BatchGetItem"},
	} {
		var err error
		requests, _ := f.wire.during(func() {
			_, err = f.Load(t.Context(), state.ReadSet{RunID: "r", Tasks: keys, MaxBytes: limit})
		})
		equal(t, fmt.Sprint("requests with a limit of ", limit), requests, want)
		if _, tooLarge := errors.AsType[*state.TooLargeError](err); tooLarge != (limit < 5<<20) {
			t.Errorf("with a limit of %d: err = %v", limit, err)
		}
	}
}

// Items in themselves may be more than a worker can hold: 300 KB each.
func TestLoad_keeps_no_values_above_the_limit(t *testing.T) {
	t.Parallel()
	r := &reading{limit: 1 << 20}
	var items []item
	for range 10 {
		it := testLayout.taskItem(state.TaskRecord{RunID: "r", State: flow.TaskDone, Output: value('x', 250<<10)})
		r.see(it)
		items = append(items, it)
	}
	equal(t, "the sum", r.total, 10*250<<10)
	kept := 0
	for _, it := range items {
		kept += len(it.text(tables.Output))
	}
	if kept > 1<<20 {
		t.Errorf("%d bytes are kept, want at most 1 MB", kept)
	}
}

// The value of an edge that leads elsewhere is not read.
func TestLoad_reads_no_values_of_other_edges(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 120} {
		t.Run(fmt.Sprint(n, " edges"), func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			task := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "fork"}, State: flow.TaskDone}
			for i := range n {
				edge := state.TakenEdge{Index: i}
				if i < 3 {
					edge.Value = value('a'+byte(i), 1<<20)
				}
				task.Edges = append(task.Edges, edge)
			}
			f.commit(t, state.Transition{Task: &task})
			found := f.load(t, state.ReadSet{RunID: "r", Tasks: []state.TaskKey{task.TaskKey}, Edges: []int{1}, MaxBytes: 1<<20 + 100}).Tasks[task.TaskKey]
			i := slices.IndexFunc(found.Edges, func(e state.TakenEdge) bool { return e.Index == 1 })
			if i < 0 || len(found.Edges[i].Value) < 1<<20 || found.Size(nil) > 1<<20+100 || !found.Abridged {
				t.Errorf("found %v with %d bytes, want the value of edge 1 alone, and the record abridged", found, found.Size(nil))
			}
		})
	}
}

func TestTasks_without_values_asks_for_none(t *testing.T) {
	t.Parallel()
	f := setup(t)
	small := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "small"}, State: flow.TaskDone, Output: value('x', 200<<10)}
	f.commit(t, state.Transition{Task: &small})
	f.heavyRecords(t, 2)
	requests, _ := f.wire.during(func() {
		for task, err := range f.Tasks(t.Context(), state.TaskQuery{RunID: "r", Bare: true}) {
			if err != nil || !task.Bare || task.Output != nil {
				t.Errorf("task %v, %v, want it without values", task, err)
			}
		}
	})
	equal(t, "requests", requests, []string{"Query"})
}

// Of runs, inputs, context keys and joins, too, nothing is guessed.
func TestItems_of_every_kind_that_do_not_decode_are_damaged(t *testing.T) {
	t.Parallel()
	f := setup(t)
	join := state.JoinKey{TaskKey: state.TaskKey{Node: "j"}}
	for name, test := range map[string]struct {
		place     place
		attribute string
		value     types.AttributeValue
		read      state.ReadSet
	}{
		"a run's epoch":           {f.items.run("r1"), tables.Epoch, text("secret"), state.ReadSet{RunID: "r1", Run: true}},
		"a run's error":           {f.items.run("r2"), tables.Error, text("secret"), state.ReadSet{RunID: "r2", Run: true}},
		"a run's result":          {f.items.run("r3"), tables.Result, text("secret"), state.ReadSet{RunID: "r3", Run: true}},
		"an input":                {f.items.input("r4", ""), tables.Value, text("{secret"), state.ReadSet{RunID: "r4", Input: true}},
		"a context key":           {f.items.value("r5", "k"), tables.Value, number(7), state.ReadSet{RunID: "r5", Keys: []string{"k"}}},
		"a context key's deleted": {f.items.value("r6", "k"), tables.Deleted, text("secret"), state.ReadSet{RunID: "r6", Keys: []string{"k"}}},
		"a join's set":            {f.items.join("r7", join), tables.Arrived, text("secret"), state.ReadSet{RunID: "r7", Joins: []state.JoinKey{join}}},
	} {
		it := test.place.item()
		it[test.attribute] = test.value
		if err := f.requests.put(t.Context(), test.place.table, it, state.Guard{}); err != nil {
			t.Fatal(err)
		}
		_, err := f.Load(t.Context(), test.read)
		if _, ok := errors.AsType[*state.DamagedError](err); !ok || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: err = %v, want a DamagedError without the value", name, err)
		}
	}
}
