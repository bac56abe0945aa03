package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var errNoParts = errors.New("no parts")

// partless refuses every part of a large value, and every page of edges: they are
// written as updates of the context table, and nothing else here is.
type partless struct {
	API
	refused atomic.Bool
}

func (p *partless) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, options ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if *in.TableName == testNames.Context {
		p.refused.Store(true)
		return nil, errNoParts
	}
	return p.API.UpdateItem(ctx, in, options...)
}

// An item that names a part must not be there before it: a worker that dies in between
// would leave a record that nobody can read. So each kind of write has no effect while
// its parts are refused.
func TestLargeValues_parts_are_written_before_the_item_that_names_them(t *testing.T) {
	t.Parallel()
	key, large := state.TaskKey{Node: "a"}, largeJSON(2*partSize)
	task := func(output json.RawMessage, edges int, writes ...state.ContextWrite) *state.TaskRecord {
		record := &state.TaskRecord{RunID: "r", TaskKey: key, State: flow.TaskDone, Owner: "me", Output: output, Writes: writes}
		for i := range edges {
			record.Edges = append(record.Edges, state.TakenEdge{Index: i})
		}
		return record
	}
	commit := func(transition state.Transition) func(context.Context, *Store) error {
		return func(ctx context.Context, s *Store) error { _, err := s.Commit(ctx, transition); return err }
	}
	writes := []state.ContextWrite{{Key: "k", ContextValue: state.ContextValue{Value: large}}}
	blueprint := state.BlueprintVersion{BlueprintKey: state.BlueprintKey{ID: "b", Hash: "h"}, Body: []byte(`{"id":"` + strings.Repeat("x", 2*partSize) + `"}`), StartedAt: now}
	for name, write := range map[string]func(context.Context, *Store) error{
		"a run's input": func(ctx context.Context, s *Store) error {
			_, err := s.Create(ctx, state.Run{ID: "new", Status: flow.Running, StartedAt: now, Input: large})
			return err
		},
		"an output":                   commit(state.Transition{Task: task(large, 1)}),
		"an output beside small keys": commit(state.Transition{Task: task(large, 1, state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: []byte(`1`)}})}),
		"a context key":               commit(state.Transition{Value: &state.ValueChange{RunID: "r", ContextWrite: writes[0]}}),
		"pages of edges":              commit(state.Transition{Task: task([]byte(`1`), 3000)}),
		"pages of edges beside keys":  commit(state.Transition{Task: task([]byte(`1`), 3000, writes...)}),
		"a run's result":              commit(state.Transition{Run: &state.RunChange{RunID: "r", Finish: &state.Finish{Status: flow.Completed, Result: large, FinishedAt: now}}}),
		"a blueprint":                 commit(state.Transition{Blueprint: &blueprint}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			if _, err := f.Create(t.Context(), state.Run{ID: "r", Status: flow.Running, StartedAt: now}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			api := &partless{API: f.client}
			if err := write(ctx, New(api, testNames, Config{Now: func() time.Time { return now }})); !errors.Is(err, errNoParts) || !api.refused.Load() {
				t.Fatalf("err = %v, want that of the parts", err)
			}
			wantNothingWritten(t, f, key)
			if err := write(t.Context(), f.Store); err != nil {
				t.Errorf("then it cannot be written: %v", err)
			}
		})
	}
}

// wantNothingWritten fails unless the store has only the run r, which is running.
func wantNothingWritten(t *testing.T, f fixture, key state.TaskKey) {
	t.Helper()
	s, err := f.Load(t.Context(), state.ReadSet{RunID: "r", Run: true, Tasks: []state.TaskKey{key}, Keys: []string{"k"}, Blueprint: state.BlueprintKey{ID: "b", Hash: "h"}})
	if err != nil {
		t.Fatalf("the store cannot be read any more: %v", err)
	}
	if len(s.Tasks)+len(s.Values)+len(s.Blueprint) > 0 || s.Run.Status != flow.Running {
		t.Errorf("written is %v, want nothing without its parts", s)
	}
	if _, err := f.Run(t.Context(), "new"); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("the run new: %v, want none without its input", err)
	}
}
