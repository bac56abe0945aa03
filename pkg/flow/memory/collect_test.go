package memory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Expired items are deleted one by one, those that are picked; others are not touched.
func TestCollect(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)
	s := memory.NewStore()
	fill := func(id string, expires time.Time) {
		t.Helper()
		if _, err := s.Create(t.Context(), state.Run{ID: id, Status: flow.Running, Expires: expires.Add(state.RunOutlives), Input: []byte(`1`)}); err != nil {
			t.Fatal(err)
		}
		for _, transition := range []state.Transition{
			{Task: &state.TaskRecord{RunID: id, TaskKey: state.TaskKey{Node: "a"}, State: flow.TaskDone, Expires: expires}},
			{Value: &state.ValueChange{RunID: id, ContextWrite: state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: []byte(`2`)}}, Expires: expires}},
			{Timer: &state.Timer{RunID: id, TaskKey: state.TaskKey{Node: "a"}, Attempt: 2, DueAt: now, Expires: expires}},
		} {
			if _, err := s.Commit(t.Context(), transition); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Arrive(t.Context(), state.Arrival{RunID: id, Arrived: []int{0}, Now: now, Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	fill("old", now.Add(-state.RunOutlives-time.Minute))
	fill("live", now)
	pick := true
	deleted, left := memory.Collect(s, now, func() bool { pick = !pick; return !pick })
	if deleted+left != 6 || deleted != 3 {
		t.Errorf("%d items were deleted and %d left, want 3 of 6", deleted, left)
	}
	if deleted, left := memory.Collect(s, now, func() bool { return true }); deleted != 3 || left != 0 {
		t.Errorf("then %d items were deleted and %d left, want the other 3", deleted, left)
	}
	if _, err := s.Run(t.Context(), "old"); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("Run(old) = %v, want it deleted", err)
	}
	if timers := s.Timers(); len(timers) != 1 || timers[0].RunID != "live" {
		t.Errorf("the timers are %v, want that of the live run", timers)
	}
	snapshot, err := s.Load(t.Context(), state.ReadSet{RunID: "live", Run: true, Input: true, Tasks: []state.TaskKey{{Node: "a"}}, Joins: []state.JoinKey{{}}, Keys: []string{"k"}})
	if err != nil || snapshot.Run == nil || snapshot.Input == nil || len(snapshot.Tasks)+len(snapshot.Joins)+len(snapshot.Values) != 3 {
		t.Errorf("Load(live) = %v, %v: want everything", snapshot, err)
	}
}
