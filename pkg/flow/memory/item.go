package memory

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// The items as guards see them; nil for a missing item.

func runItem(run *state.Run) state.Attributes {
	if run == nil {
		return nil
	}
	return *run
}

func taskItem(task state.TaskRecord, exists bool) state.Attributes {
	if !exists {
		return nil
	}
	return task
}

func timerItem(timer state.Timer, exists bool) state.Attributes {
	if !exists {
		return nil
	}
	return attributes{"dueAt": timer.DueAt.UnixMilli()}
}

func blueprintItem(key state.BlueprintKey, exists bool) state.Attributes {
	if !exists {
		return nil
	}
	return attributes{"runId": "blueprint@" + key.ID}
}

func joinItem(join state.Join, exists bool) state.Attributes {
	if !exists {
		return nil
	}
	return join
}

func valueItem(v value, exists bool) state.Attributes {
	if !exists {
		return nil
	}
	return state.ValueChange{ContextWrite: state.ContextWrite{ContextValue: v.ContextValue}, Expires: v.expires}
}

type attributes map[string]any

func (a attributes) Attribute(name string) any { return a[name] }

// The clones are deep, and round times to the precision of a stored item.

func cloneRun(r state.Run) state.Run {
	r.StartedAt, r.FinishedAt = millisecond(r.StartedAt), millisecond(r.FinishedAt)
	r.StartLeaseUntil = millisecond(r.StartLeaseUntil)
	r.LastUpdated, r.Expires = second(r.LastUpdated), second(r.Expires)
	r.EndsBy = millisecond(r.EndsBy)
	r.Awaiting = slices.Clone(r.Awaiting)
	r.Result, r.Input = bytes.Clone(r.Result), bytes.Clone(r.Input)
	r.Error = cloneFailure(r.Error)
	return r
}

func cloneTask(t state.TaskRecord) state.TaskRecord {
	t.LeaseUntil, t.DueAt = millisecond(t.LeaseUntil), millisecond(t.DueAt)
	t.StartedAt, t.FinishedAt = millisecond(t.StartedAt), millisecond(t.FinishedAt)
	t.Expires = second(t.Expires)
	t.Output = bytes.Clone(t.Output)
	t.Edges = slices.Clone(t.Edges)
	for i := range t.Edges {
		t.Edges[i].Value = bytes.Clone(t.Edges[i].Value)
	}
	t.Writes = slices.Clone(t.Writes)
	for i := range t.Writes {
		t.Writes[i].ContextValue = cloneValue(t.Writes[i].ContextValue)
	}
	t.Error = cloneFailure(t.Error)
	return t
}

func cloneFailure(f *flow.Failure) *flow.Failure {
	if f == nil {
		return nil
	}
	clone := *f
	clone.Cause = slices.Clone(f.Cause)
	return &clone
}

func cloneJoin(j state.Join) state.Join {
	j.Arrived, j.Taken = slices.Clone(j.Arrived), slices.Clone(j.Taken)
	j.Full, j.FullTaken = slices.Clone(j.Full), slices.Clone(j.FullTaken)
	j.Expires = second(j.Expires)
	return j
}

func cloneValue(v state.ContextValue) state.ContextValue {
	v.Value = json.RawMessage(bytes.Clone(v.Value))
	return v
}

func cloneTimer(t state.Timer) state.Timer {
	t.DueAt, t.Expires = millisecond(t.DueAt), second(t.Expires)
	return t
}

func millisecond(t time.Time) time.Time { return coarse(t, time.Millisecond) }

func second(t time.Time) time.Time { return coarse(t, time.Second) }

func coarse(t time.Time, unit time.Duration) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(unit)
}
