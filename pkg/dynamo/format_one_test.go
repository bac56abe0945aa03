package dynamo

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// The items of a run of the first format, as its workers wrote them: an input under one
// key, records without context writes, and context keys without a clock.
func TestLoad_the_first_format(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ttl := number(now.Unix() + 3600)
	for _, it := range []struct {
		table string
		item  item
	}{
		{testNames.Status, item{tables.RunID: text("r"), tables.Format: number(1), tables.RunStatus: text("running"), tables.InputHash: text("ab12"), tables.TTL: ttl}},
		{testNames.Context, item{tables.RunID: text("r"), tables.ItemKey: text("input"), tables.Value: text(`"in"`), tables.TTL: ttl}},
		{testNames.Context, item{tables.RunID: text("r"), tables.ItemKey: text("ctx#k"), tables.Value: text(`1`), tables.TTL: ttl}},
		{testNames.Context, item{tables.RunID: text("r"), tables.ItemKey: text("node#a"), tables.State: text("done"), tables.Owner: text("me"), tables.Output: text(`2`), tables.TTL: ttl}},
	} {
		if err := f.requests.put(t.Context(), it.table, it.item, state.Guard{}); err != nil {
			t.Fatal(err)
		}
	}
	key := state.TaskKey{Node: "a"}
	read := state.ReadSet{RunID: "r", Run: true, Input: true, Tasks: []state.TaskKey{key}, Keys: []string{"k"}, Writes: true}
	for _, known := range []bool{false, true} {
		got := f.load(t, read)
		equal(t, "input", string(got.Input), `"in"`)
		equal(t, "context key", string(got.Values["k"].Value), `1`)
		equal(t, "output", string(got.Tasks[key].Output), `2`)
		equal(t, "writes", len(got.Tasks[key].Writes), 0)
		if !known {
			read.InputHash = got.Run.InputName()
		}
	}
	write := state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: []byte(`3`), Clock: "0.1.a"}}
	f.commit(t, state.Transition{Guard: state.GuardNewer(write.Clock, now), Value: &state.ValueChange{RunID: "r", ContextWrite: write, Expires: now}})
	equal(t, "context key, written again", string(f.load(t, read).Values["k"].Value), `3`)
	equal(t, "state", f.load(t, read).Tasks[key].State, flow.TaskDone)
}
