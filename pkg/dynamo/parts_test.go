package dynamo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestSplit_cuts_between_characters(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, partSize - 1, partSize, partSize + 1, 2*partSize + 7} {
		for _, char := range []string{"x", "ü", "€", "😀"} {
			for shift := range 4 {
				whole := strings.Repeat("x", shift) + strings.Repeat(char, size/len(char)+1)
				parts := split(whole)
				if strings.Join(parts, "") != whole {
					t.Fatalf("%d of %s: the parts are not the whole", size, char)
				}
				for n, part := range parts {
					if len(part) > partSize || !utf8.ValidString(part) {
						t.Errorf("%d of %s: part %d has %d bytes, valid: %v", size, char, n, len(part), utf8.ValidString(part))
					}
				}
				if want := (len(whole) + partSize - 4) / (partSize - 3); len(parts) > max(want, 1) {
					t.Errorf("%d of %s: %d parts, want at most %d", size, char, len(parts), want)
				}
			}
		}
	}
}

func TestSpill(t *testing.T) {
	t.Parallel()
	const kb = 1 << 10
	tests := map[string]struct {
		output, edge0, edge1 int // their sizes
		limit                int
		want                 string // the values moved out
	}{
		"small values stay":                     {10, 10, 10, inItem, ""},
		"a value that fits stays":               {298 * kb, 10, 10, inItem, ""},
		"a value too large goes":                {301 * kb, 10, 10, inItem, "output"},
		"the largest goes first":                {100 * kb, 120 * kb, 110 * kb, inItem, "edge0"},
		"until the item fits":                   {200 * kb, 290 * kb, 250 * kb, inItem, "edge0 edge1"},
		"a value above a lower limit moves":     {64*kb + 1, 64 * kb, 65 * kb, inWrite, "output edge1"},
		"a value not above it stays":            {64 * kb, 64 * kb, 64 * kb, inWrite, ""},
		"everything goes when everything large": {400 * kb, 400 * kb, 400 * kb, inItem, "output edge0 edge1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := testLayout.taskItem(state.TaskRecord{
				RunID: "r", TaskKey: state.TaskKey{Node: "n"}, Output: value('a', test.output), Expires: now,
				Edges: []state.TakenEdge{{Value: value('b', test.edge0)}, {Value: value('c', test.edge1)}},
			})
			parts := testLayout.spill(it, test.limit)
			var moved []string
			for i, holder := range holders(it) {
				what := "output"
				if i > 0 {
					what = fmt.Sprint("edge", i-1)
				}
				for _, name := range valueNames {
					if holder[name+tables.RefSuffix] != nil {
						moved = append(moved, what)
						if holder[name] != nil {
							t.Errorf("%s is there beside its reference", what)
						}
					}
				}
			}
			if got := strings.Join(moved, " "); got != test.want {
				t.Errorf("moved %q, want %q", got, test.want)
			}
			if size := itemSize(it); size > maxItem {
				t.Errorf("the item has %d bytes", size)
			}
			for _, part := range parts {
				if len(part.item.text(tables.Part)) > partSize {
					t.Errorf("a part of %d bytes", len(part.item.text(tables.Part)))
				}
			}
		})
	}
}

func value(char byte, size int) []byte {
	return append(append([]byte{'"'}, bytes.Repeat([]byte{char}, size-2)...), '"')
}

func TestSpill_ends_where_nothing_helps(t *testing.T) {
	t.Parallel()
	task := state.TaskRecord{Action: string(value('a', maxItem)), Output: []byte(`1`)}
	if parts := testLayout.spill(testLayout.taskItem(task), inItem); len(parts) > 0 {
		t.Errorf("%d parts, want none", len(parts))
	}
}

// TestLargeValues writes 5 MB into every place that a value has, and reads it back
// in every way.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	f := setup(t)
	large := func(mark byte) []byte { v := largeJSON(5 << 20); v[1], v[2] = mark, mark; return v }
	run := state.Run{ID: "r", Status: flow.Running, Expires: now.Add(time.Hour + state.RunOutlives), Input: large('i')}
	f.create(t, run)
	task := state.TaskRecord{
		RunID: "r", TaskKey: state.TaskKey{Node: "n"}, State: flow.TaskDone, Owner: "me", Expires: now, Output: large('o'),
		Edges: []state.TakenEdge{{Index: 1, Value: large('e')}, {Index: 2}, {Index: 3, Value: []byte(`1`)}},
	}
	writes := []state.ContextWrite{{Key: "k", ContextValue: state.ContextValue{Value: large('k')}}}
	task.Writes = writes
	f.commit(t, state.Transition{Task: &task, Guard: state.Absent("state")})
	parts := f.parts(t, "r")
	f.commit(t, state.Transition{Value: &state.ValueChange{RunID: "r", ContextWrite: writes[0], Expires: now}})
	equal(t, "parts after a write that is in a record", f.parts(t, "r"), parts)
	finish := state.Finish{Status: flow.Completed, Result: task.Output, FinishedAt: now}
	before := f.parts(t, "r")
	f.commit(t, state.Transition{Run: &state.RunChange{RunID: "r", Finish: &finish}})
	equal(t, "parts after a result that is an output", f.parts(t, "r"), before)

	snapshot := f.load(t, state.ReadSet{RunID: "r", Run: true, Input: true, Tasks: []state.TaskKey{task.TaskKey}, Keys: []string{"k"}})
	same(t, "input", snapshot.Input, run.Input)
	same(t, "result", snapshot.Run.Result, task.Output)
	same(t, "value", snapshot.Values["k"].Value, writes[0].Value)
	same(t, "output", snapshot.Tasks[task.TaskKey].Output, task.Output)
	same(t, "edge", snapshot.Tasks[task.TaskKey].Edges[0].Value, task.Edges[0].Value)
	same(t, "small edge", snapshot.Tasks[task.TaskKey].Edges[2].Value, []byte(`1`))

	for listed, err := range f.Tasks(t.Context(), state.TaskQuery{RunID: "r"}) {
		if err != nil {
			t.Fatal(err)
		}
		same(t, "listed output", listed.Output, task.Output)
	}
	other := task
	other.Owner = "you"
	recorded, err := f.Commit(t.Context(), state.Transition{Task: &other, Guard: state.Absent("state")})
	if err == nil {
		t.Fatal("no conflict")
	}
	same(t, "output of the conflict", recorded.Output, task.Output)
	run.StartOwner = "you"
	existing, err := f.Create(t.Context(), run)
	if err == nil {
		t.Fatal("no conflict")
	}
	same(t, "result of the conflict", existing.Result, task.Output)
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, want the %d written", what, len(got), len(want))
	}
}

func TestLargeValues_result_of_a_run_is_a_reference_above_100_KB(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.create(t, state.Run{ID: "r", Status: flow.Running})
	for size, want := range map[int]int{inRun: 0, inRun + 1: 1} {
		finish := state.Finish{Status: flow.Completed, Result: largeJSON(size)}
		f.commit(t, state.Transition{Run: &state.RunChange{RunID: "r", Finish: &finish}})
		if got := len(references(f.stored(t, f.items.run("r")))); got != want {
			t.Errorf("result of %d bytes: %d references, want %d", size, got, want)
		}
	}
}

// The parts of a run are kept as long as its own item, by any writer: the output of
// a task may also be the result of its run.
func TestLargeValues_parts_live_as_long_as_the_run(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := state.Run{ID: "r", Status: flow.Running, Expires: now.Add(time.Hour + state.RunOutlives), Input: largeJSON(partSize - 100)}
	f.create(t, run)
	task := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "n"}, Output: largeJSON(partSize + 1), Expires: run.RecordsExpire()}
	task.Writes = []state.ContextWrite{{Key: "k", ContextValue: state.ContextValue{Value: largeJSON(partSize + 2)}}}
	f.commit(t, state.Transition{Task: &task})
	equal(t, "parts", f.parts(t, "r"), 5)
	for it := range f.scan(t, testNames.Context) {
		if it[tables.Part] != nil && it.seconds(tables.TTL) != run.Expires {
			t.Errorf("part %s expires at %v, want %v", it.text(tables.RunID), it.seconds(tables.TTL), run.Expires)
		}
	}
}

// Each part has a partition of its own: one partition takes 1,000 write units a
// second, which is three parts.
func TestLargeValues_parts_have_partitions_of_their_own(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.commit(t, state.Transition{Task: &state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "n", Scope: "batch[1]"}, Output: largeJSON(5 << 20)}})
	partitions := map[string]bool{}
	for it := range f.scan(t, testNames.Context) {
		partitions[it.text(tables.RunID)] = true
	}
	equal(t, "partitions", len(partitions), 15+1)
}

func TestLargeValues_existing_parts_are_not_written_again(t *testing.T) {
	t.Parallel()
	f := setup(t)
	task := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "a"}, Output: largeJSON(3*partSize - 100), Expires: now.Add(time.Hour)}
	writes := func(s *Store, task state.TaskRecord) int {
		t.Helper()
		requests, _ := f.wire.during(func() {
			if _, err := s.Commit(t.Context(), state.Transition{Task: &task}); err != nil {
				t.Fatal(err)
			}
		})
		return len(requests) - 1 // without the record's
	}
	equal(t, "parts written at first", writes(f.Store, task), 3)
	task.Node = "b"
	equal(t, "parts written for the same value", writes(f.Store, task), 0)
	other := New(f.client, testNames, Config{Now: func() time.Time { return now }})
	if _, err := other.Load(t.Context(), state.ReadSet{RunID: "r", Tasks: []state.TaskKey{task.TaskKey}}); err != nil {
		t.Fatal(err)
	}
	equal(t, "parts written by a store that has read them", writes(other, task), 0)
	task.Expires = task.Expires.Add(time.Minute)
	equal(t, "parts written when they must live longer", writes(f.Store, task), 3)
	task.RunID = "s"
	equal(t, "parts written for another run", writes(f.Store, task), 3)
}

// refusing lets the n-th write of a part fail.
type refusing struct {
	API
	mu    sync.Mutex
	left  int
	parts int
}

func (r *refusing) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, options ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	r.mu.Lock()
	r.left--
	refused := r.left == 0
	r.parts++
	r.mu.Unlock()
	if refused {
		return nil, errors.New("refused")
	}
	return r.API.UpdateItem(ctx, in, options...)
}

func TestLargeValues_a_repetition_goes_on_at_the_part_that_failed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	api := &refusing{API: f.client, left: 3}
	store := New(api, testNames, Config{Now: func() time.Time { return now }})
	transition := state.Transition{Task: &state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "a"}, Output: largeJSON(5*partSize - 100)}}
	if _, err := store.Commit(t.Context(), transition); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Fatalf("err = %v, want the refusal", err)
	}
	if it := f.stored(t, testLayout.task("r", state.TaskKey{Node: "a"})); it != nil {
		t.Error("the record is there before its parts")
	}
	if _, err := store.Commit(t.Context(), transition); err != nil {
		t.Fatal(err)
	}
	equal(t, "writes of five parts, one refused", api.parts, 6)
}

func TestLargeValues_damage_is_an_error(t *testing.T) {
	t.Parallel()
	f := setup(t)
	task := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "n"}, State: flow.TaskDone, Output: largeJSON(2 * partSize)}
	f.commit(t, state.Transition{Task: &task})
	var part item
	for it := range f.scan(t, testNames.Context) {
		if it[tables.Part] != nil {
			part = it
		}
	}
	read := state.ReadSet{RunID: "r", Tasks: []state.TaskKey{task.TaskKey}}

	part[tables.Part] = text("forged")
	if err := f.requests.put(t.Context(), testNames.Context, part, state.Guard{}); err != nil {
		t.Fatal(err)
	}
	if _, err := New(f.client, testNames, Config{Now: func() time.Time { return now }}).Load(t.Context(), read); err == nil {
		t.Error("a changed part: no error")
	}
	if err := f.requests.delete(t.Context(), testLayout.context(part.text(tables.RunID), partKey), state.Guard{}); err != nil {
		t.Fatal(err)
	}
	_, err := f.Load(t.Context(), read)
	if err == nil || !strings.Contains(err.Error(), "missing") || strings.Contains(err.Error(), "ü") {
		t.Errorf("a missing part: err = %v, want one that says so, without payload", err)
	}
	failed := 0
	for _, err := range f.Tasks(t.Context(), state.TaskQuery{RunID: "r"}) {
		if err != nil {
			failed++
		}
	}
	equal(t, "errors in listing a damaged task", failed, 1)
}

// An item written with another version's codec, or changed by hand, is never read
// as an empty value.
func TestItems_that_cannot_be_read_are_an_error(t *testing.T) {
	t.Parallel()
	f := setup(t)
	key := state.TaskKey{Node: "n"}
	edges := func(elements ...types.AttributeValue) types.AttributeValue {
		return &types.AttributeValueMemberL{Value: elements}
	}
	for what, change := range map[string]func(item){
		"a codec of a newer version": func(it item) { it[tables.Codec] = text("gzip") },
		"edges that are no list":     func(it item) { it[tables.Edges] = text(`{"edge":"secret"}`) },
		"an edge that is no map":     func(it item) { it[tables.Edges] = edges(text("secret")) },
		"an edge without its number": func(it item) {
			it[tables.Edges] = edges(&types.AttributeValueMemberM{Value: item{tables.Value: text("1")}})
		},
		"an edge with another number": func(it item) {
			it[tables.Edges] = edges(&types.AttributeValueMemberM{Value: item{tables.EdgeIndex: text("secret")}})
		},
		"an edge below the first": func(it item) {
			it[tables.Edges] = edges(&types.AttributeValueMemberM{Value: item{tables.EdgeIndex: number(-1)}})
		},
		"an edge's value that is no text": func(it item) {
			it[tables.Edges] = edges(&types.AttributeValueMemberM{Value: item{tables.EdgeIndex: number(1), tables.Value: number(7)}})
		},
		"an output that is no JSON":        func(it item) { it[tables.Output] = text(`{"secret"`) },
		"an output that is no text":        func(it item) { it[tables.Output] = number(7) },
		"an output whose parts are no map": func(it item) { it[tables.Output+tables.RefSuffix] = text("secret") },
		"an output without parts": func(it item) {
			it[tables.Output+tables.RefSuffix] = &types.AttributeValueMemberM{Value: item{tables.RefSHA256: text("ab")}}
		},
		"pages that are no map":      func(it item) { it[edgesRef] = text("secret") },
		"a state that is none":       func(it item) { it[tables.State] = text("secret") },
		"a count that is no number":  func(it item) { it[tables.Starts] = text("secret") },
		"a time that is no integer":  func(it item) { it[tables.LeaseUntil] = &types.AttributeValueMemberN{Value: "1.5"} },
		"an error that is no object": func(it item) { it[tables.Error] = text(`"secret`) },
		"edges without their pages": func(it item) {
			it[edgesRef] = &types.AttributeValueMemberM{Value: item{tables.RefSHA256: text("ab"), tables.RefPages: numberSet([]int{3})}}
		},
	} {
		it := testLayout.taskItem(state.TaskRecord{RunID: "r", TaskKey: key, State: flow.TaskDone, Owner: "me", Output: []byte(`1`)})
		change(it)
		if err := f.requests.put(t.Context(), testNames.Context, it, state.Guard{}); err != nil {
			t.Fatal(err)
		}
		_, loaded := f.Load(t.Context(), state.ReadSet{RunID: "r", Tasks: []state.TaskKey{key}})
		_, claimed := f.Claim(t.Context(), state.Claim{RunID: "r", TaskKey: key, Guard: state.Absent("state"), Owner: "me"})
		var listed error
		for _, listed = range f.Tasks(t.Context(), state.TaskQuery{RunID: "r"}) {
		}
		_, damaged := errors.AsType[*state.DamagedError](loaded)
		if permanent := what != "a codec of a newer version" && what != "edges without their pages"; damaged != permanent {
			t.Errorf("%s: err = %v, want a DamagedError: %v", what, loaded, permanent)
		}
		for how, err := range map[string]error{"loaded": loaded, "claimed": claimed, "listed": listed} {
			if err == nil || errors.Is(err, state.ErrConflict) || !strings.Contains(err.Error(), "node#n of r") || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s, %s: err = %v, want one that names the item and shows no value", what, how, err)
			}
		}
	}
}

func TestLargeValues_invalid_text_is_read_as_JSON_reads_it(t *testing.T) {
	t.Parallel()
	f := setup(t)
	task := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "n"}, Output: slices.Concat([]byte("["), value('x', maxItem), []byte(", \"\xff\"]"))}
	f.commit(t, state.Transition{Task: &task})
	got := f.load(t, state.ReadSet{RunID: "r", Tasks: []state.TaskKey{task.TaskKey}}).Tasks[task.TaskKey]
	if !bytes.HasSuffix(got.Output, []byte("\"\uFFFD\"]")) {
		t.Errorf("output ends with %q", got.Output[len(got.Output)-5:])
	}
}

func TestGroups_limit_the_values_in_memory(t *testing.T) {
	t.Parallel()
	var page []item
	for range 7 {
		it := testLayout.taskItem(state.TaskRecord{Output: value('x', maxItem+1)})
		testLayout.spill(it, inItem)
		ref := it[tables.Output+tables.RefSuffix].(*types.AttributeValueMemberM)
		ref.Value[tables.RefBytes] = number(groupLimit / 3)
		page = append(page, it)
	}
	var sizes []int
	for group := range groups(page) {
		sizes = append(sizes, len(group))
	}
	equal(t, "groups", sizes, []int{3, 3, 1})
}
