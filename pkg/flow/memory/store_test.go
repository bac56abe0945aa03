package memory_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var everything = state.ReadSet{RunID: "r", Run: true, Input: true, Writes: true, Blueprint: state.BlueprintKey{Hash: "h"}, Keys: []string{"k"},
	Tasks: []state.TaskKey{{Node: "a"}, {Node: "b"}}, Joins: []state.JoinKey{{TaskKey: state.TaskKey{Node: "j"}}}}

// fill stores one item of every kind; scratch is called on all values passed in and
// returned.
func fill(t *testing.T, s *memory.Store, scratch func(...[]byte)) {
	t.Helper()
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()

	run := state.Run{ID: "r", Status: flow.Running, StartOwner: "me", Input: json.RawMessage(`"input"`), Result: json.RawMessage(`"result"`),
		Awaiting: []string{"a"}, Error: &flow.Failure{Code: "error", Cause: []string{"cause"}}}
	created, err := s.Create(ctx, run)
	fatal(err)
	again, err := s.Create(ctx, run)
	fatal(err)

	task := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "a"}, State: flow.TaskDone, Owner: "me", Output: json.RawMessage(`"output"`),
		Edges: []state.TakenEdge{{Value: json.RawMessage(`"edge"`)}}, Error: &flow.Failure{Code: "error", Cause: []string{"cause"}}}
	writes := []state.ContextWrite{{Key: "k", ContextValue: state.ContextValue{Value: json.RawMessage(`"value"`)}}}
	task.Writes = []state.ContextWrite{{Key: "k", ContextValue: state.ContextValue{Value: json.RawMessage(`"written"`)}}}
	committed, err := s.Commit(ctx, state.Transition{Guard: state.Absent("state"), Task: &task})
	fatal(err)
	_, err = s.Commit(ctx, state.Transition{Value: &state.ValueChange{RunID: "r", ContextWrite: writes[0]}})
	fatal(err)
	repeated, err := s.Commit(ctx, state.Transition{Guard: state.Absent("state"), Task: &task})
	fatal(err)
	conflicting, _ := s.Claim(ctx, state.Claim{RunID: "r", TaskKey: task.TaskKey, Guard: state.Absent("state"), Owner: "you"})

	waiting := task
	waiting.Node, waiting.State, waiting.Output = "b", flow.TaskRetrying, json.RawMessage(`"output"`)
	_, err = s.Commit(ctx, state.Transition{Task: &waiting})
	fatal(err)
	claimed, err := s.Claim(ctx, state.Claim{RunID: "r", TaskKey: waiting.TaskKey, Owner: "me"})
	fatal(err)
	claimedAgain, err := s.Claim(ctx, state.Claim{RunID: "r", TaskKey: waiting.TaskKey, Guard: state.Absent("state"), Owner: "me"})
	fatal(err)

	body := &state.BlueprintVersion{BlueprintKey: state.BlueprintKey{Hash: "h"}, Body: []byte(`"body"`)}
	_, err = s.Commit(ctx, state.Transition{Blueprint: body})
	fatal(err)
	sources := []int{0}
	join, err := s.Arrive(ctx, state.Arrival{RunID: "r", Join: state.JoinKey{TaskKey: state.TaskKey{Node: "j"}}, Arrived: sources, Taken: sources})
	fatal(err)

	found, err := s.Load(ctx, everything)
	fatal(err)
	tasks := []state.TaskRecord{task, waiting, committed, repeated, conflicting, claimed, claimedAgain,
		found.Tasks[task.TaskKey], found.Tasks[waiting.TaskKey]}
	for listed, err := range s.Tasks(ctx, state.TaskQuery{RunID: "r"}) {
		fatal(err)
		tasks = append(tasks, listed)
	}
	for _, r := range []*state.Run{&run, &created, &again, found.Run} {
		scratch(r.Input, r.Result)
		r.Awaiting[0], r.Error.Code, r.Error.Cause[0] = "scratched", "scratched", "scratched"
	}
	for _, r := range tasks {
		scratch(r.Output, r.Edges[0].Value, r.Writes[0].Value)
		r.Edges[0].Index, r.Error.Code, r.Error.Cause[0] = 99, "scratched", "scratched"
	}
	scratch(writes[0].Value, body.Body, found.Input, found.Blueprint, found.Values["k"].Value)
	sources[0] = 99
	for _, j := range []state.Join{join, found.Joins[state.JoinKey{TaskKey: state.TaskKey{Node: "j"}}]} {
		j.Arrived[0], j.Taken[0] = 98, 98
	}
}

func TestStoreSharesNoMemory(t *testing.T) {
	t.Parallel()
	s := memory.NewStore()
	fill(t, s, func(values ...[]byte) {
		for _, v := range values {
			clear(v)
		}
	})
	got, err := s.Load(t.Context(), everything)
	failure := &flow.Failure{Code: "error", Cause: []string{"cause"}}
	written := []state.ContextWrite{{Key: "k", ContextValue: state.ContextValue{Value: json.RawMessage(`"written"`)}}}
	task := func(node string, in flow.State, starts int) state.TaskRecord {
		return state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: node}, State: in, Owner: "me", Starts: starts,
			Output: json.RawMessage(`"output"`), Edges: []state.TakenEdge{{Value: json.RawMessage(`"edge"`)}}, Writes: written, Error: failure}
	}
	want := state.Snapshot{
		Run:       &state.Run{ID: "r", Status: flow.Running, StartOwner: "me", Result: json.RawMessage(`"result"`), Awaiting: []string{"a"}, Error: failure},
		Input:     json.RawMessage(`"input"`),
		Tasks:     map[state.TaskKey]state.TaskRecord{{Node: "a"}: task("a", flow.TaskDone, 0), {Node: "b"}: task("b", flow.TaskRunning, 1)},
		Joins:     map[state.JoinKey]state.Join{{TaskKey: state.TaskKey{Node: "j"}}: {Arrived: []int{0}, Taken: []int{0}}},
		Values:    map[string]state.ContextValue{"k": {Value: json.RawMessage(`"value"`)}},
		Blueprint: []byte(`"body"`),
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Load = %v, stored after the callers overwrote all they had (-want +got):\n%s", err, diff)
	}
}

func TestCancelledContextDoesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := memory.NewStore()
	task := &state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "a"}, State: flow.TaskDone}
	calls := map[string]func() error{
		"Create": func() error { _, err := s.Create(ctx, state.Run{ID: "r"}); return err },
		"Load":   func() error { _, err := s.Load(ctx, everything); return err },
		"Claim":  func() error { _, err := s.Claim(ctx, state.Claim{RunID: "r", TaskKey: task.TaskKey}); return err },
		"Commit": func() error { _, err := s.Commit(ctx, state.Transition{Task: task}); return err },
		"Arrive": func() error {
			_, err := s.Arrive(ctx, state.Arrival{RunID: "r", Join: state.JoinKey{TaskKey: state.TaskKey{Node: "j"}}, Arrived: []int{0}})
			return err
		},
		"Run": func() error { _, err := s.Run(ctx, "r"); return err },
		"Tasks": func() error {
			for _, err := range s.Tasks(ctx, state.TaskQuery{RunID: "r"}) {
				return err
			}
			return nil
		},
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want context.Canceled", name, err)
		}
	}
	got, err := s.Load(t.Context(), everything)
	if err != nil || got.Run != nil || len(got.Tasks)+len(got.Joins) > 0 {
		t.Errorf("Load = %+v, %v, want nothing stored", got, err)
	}
}

func TestTimersAreListedByDueTime(t *testing.T) {
	t.Parallel()
	s := memory.NewStore()
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	timer := func(run, node string, attempt int, due time.Duration) state.Timer {
		return state.Timer{RunID: run, TaskKey: state.TaskKey{Node: node}, Attempt: attempt, DueAt: at.Add(due), Body: node, Tenant: "t"}
	}
	want := []state.Timer{timer("s", "b", 1, time.Hour), timer("r", "a", 1, 2*time.Hour), timer("r", "a", 2, 2*time.Hour), timer("r", "a", 3, 3*time.Hour)}
	for _, i := range []int{3, 1, 0, 2, 1} {
		if _, err := s.Commit(t.Context(), state.Transition{Timer: &want[i]}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, s.Timers()); diff != "" {
		t.Errorf("Timers (-want +got):\n%s", diff)
	}
	_, err := s.Commit(t.Context(), state.Transition{Guard: state.Absent("dueAt"), Timer: &want[0]})
	if !errors.Is(err, state.ErrConflict) {
		t.Errorf("Commit of a timer that is there, guarded by absence = %v, want ErrConflict", err)
	}
}

func TestTransitionOfNothingIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := memory.NewStore().Commit(t.Context(), state.Transition{}); err == nil || errors.Is(err, state.ErrConflict) {
		t.Errorf("Commit = %v, want an error that is no conflict", err)
	}
}
