package flow

import (
	"encoding/json"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
)

// view is what is known of a run while a task is decided: recorded outcomes,
// the context as it was read for this task, and the run's input.
type view struct {
	*plan
	runID  string
	input  json.RawMessage
	fields map[string]json.RawMessage // the top-level keys of an object given as run input
	tasks  map[TaskKey]TaskRecord
	held   int // bytes of values in tasks
	values map[string]ContextValue
	caught json.RawMessage // _catch_error of a fallback's task
}

// catchErrorKey is the context key in which a fallback finds what it stands in for.
const catchErrorKey = "_catch_error"

var null = json.RawMessage("null")

// maxHeld bounds what a handling keeps of the outcomes it has seen, in bytes.
const maxHeld = 16 << 20

// keep adds a record to what is known.
func (v *view) keep(t TaskRecord) {
	v.tasks[t.TaskKey] = t
	v.held += len(t.Output)
	for _, edge := range t.Edges {
		v.held += len(edge.Value)
	}
}

// forget drops the records that a task does not need, when there are too many
// to keep: a worker's memory must bear a chain of any length.
func (v *view) forget(needed []string, scope string) {
	if v.held <= maxHeld {
		return
	}
	known := v.tasks
	v.tasks, v.held = map[TaskKey]TaskRecord{}, 0
	for _, id := range needed {
		if t, ok := known[TaskKey{id, scope}]; ok {
			v.keep(t)
		}
	}
}

// decider is the record that decided id's edges: its own, or that of the
// fallback that stood in for it.
func (v *view) decider(id, scope string) (TaskRecord, bool) {
	for id != "" {
		t, ok := v.tasks[TaskKey{id, scope}]
		if !ok {
			break
		}
		if t.State == TaskDone {
			return t, true
		}
		if t.State != TaskFailed {
			break
		}
		id = v.fallbackOf(id)
	}
	return TaskRecord{}, false
}

// output is the output of a node, or of its fallback; false where there is none.
func (v *view) output(id, scope string) (json.RawMessage, bool) {
	t, ok := v.decider(id, scope)
	return t.Output, ok && t.Output != nil
}

// contextKey is the value of a context key; the run input's keys are below the
// written ones.
func (v *view) contextKey(key string) (json.RawMessage, bool) {
	if key == catchErrorKey && v.caught != nil {
		return v.caught, true
	}
	if written, ok := v.values[key]; ok {
		return written.Value, !written.Deleted
	}
	value, ok := v.fields[key]
	return value, ok
}

// outputKey is the context key under which Flowcraft keeps a node's output.
const outputKey = "_outputs."

// lookUp is what code and expressions find under a key of the context: what was
// written, else the output of the node of that name, else the run input's key.
func (v *view) lookUp(key, scope string) (json.RawMessage, bool) {
	if _, written := v.values[key]; !written && (key != catchErrorKey || v.caught == nil) {
		if output, ok := v.output(strings.TrimPrefix(key, outputKey), scope); ok {
			return output, true
		}
	}
	return v.contextKey(key)
}

// takenInto are the taken edges from source into target, in the order of edges:
// of a fallback's record also those that it leads there with itself.
func (v *view) takenInto(target TaskKey, source string) (edges []TakenEdge, from TaskRecord) {
	from, ok := v.decider(source, target.Scope)
	if !ok {
		return nil, from
	}
	for _, taken := range from.Edges {
		if v.blueprint.Edges[taken.Index].Target == target.Node {
			edges = append(edges, taken)
		}
	}
	return edges, from
}

// ledTo reports whether a recorded decision leads to the task. A job that
// nothing led to is forged or of another run: it must not run.
func (v *view) ledTo(task TaskKey) bool {
	if v.nodes[task.Node] == nil || task.Scope != "" {
		return false
	}
	if v.isStart(task.Node) {
		return true
	}
	if primary := v.primary[task.Node]; primary != "" {
		return v.tasks[TaskKey{primary, task.Scope}].State == TaskFailed
	}
	for _, source := range v.sources[task.Node] {
		if edges, _ := v.takenInto(task, source); len(edges) > 0 {
			return true
		}
	}
	return false
}

// env is what the expressions of a task see, without result and input.
func (v *view) env(task TaskKey) expression.Env {
	r := v.steps[task.Node].reads
	env := expression.Env{
		RunID: v.runID, RunInput: v.input,
		Context: make(map[string]json.RawMessage, len(r.keys)),
		Outputs: make(map[string]json.RawMessage, len(r.tasks)),
	}
	for _, key := range r.keys {
		if value, ok := v.lookUp(key, task.Scope); ok {
			env.Context[key] = value
		}
	}
	for _, id := range r.tasks {
		if output, ok := v.output(id, task.Scope); ok {
			env.Outputs[id] = output
		}
	}
	return env
}

// result is the run's result: of one sink its output, of several an object of
// the taken ones.
func (v *view) result() (json.RawMessage, error) {
	sinks := v.sinks()
	if len(sinks) == 1 {
		output, ok := v.output(sinks[0], "")
		if !ok {
			return null, nil
		}
		return output, nil
	}
	taken := map[string]json.RawMessage{}
	for _, id := range sinks {
		if t, ok := v.decider(id, ""); ok {
			taken[id] = orNull(t.Output)
		}
	}
	if len(taken) == 0 {
		return null, nil
	}
	return encodeValue(taken)
}

func orNull(value json.RawMessage) json.RawMessage {
	if value == nil {
		return null
	}
	return value
}
