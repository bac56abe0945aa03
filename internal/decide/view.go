package decide

import (
	"encoding/json"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// View holds the known part of a run while a task is decided: recorded outcomes, the
// context as read for this task, and the run's input.
type View struct {
	Plan   *Plan
	RunID  string
	Input  json.RawMessage // nil: not read
	Tasks  map[state.TaskKey]state.TaskRecord
	Values map[string]state.ContextValue

	MostHeld int // bytes of values in Tasks, before [View.Forget] drops some

	fields map[string]json.RawMessage // the top-level keys of an object given as run input
	held   int                        // bytes of values in Tasks
}

// NewView returns the view of a run of which nothing is known yet.
func NewView(plan *Plan, runID string) *View {
	return &View{Plan: plan, RunID: runID, Tasks: map[state.TaskKey]state.TaskRecord{}, MostHeld: MaxHeld}
}

// catchErrorKey is the context key under which a fallback finds the failure that it stands
// in for.
const catchErrorKey = "_catch_error"

// MaxHeld is the greatest limit, in bytes, of the outcomes that a view keeps.
const MaxHeld = 16 << 20

func (v *View) graph() *Graph { return v.Plan.Graph }

// Keep adds a record to the view, without the values of its context writes: they are
// values of the context. A part of an outcome does not replace the whole: it never
// changes.
func (v *View) Keep(t state.TaskRecord) {
	if known, ok := v.Tasks[t.TaskKey]; ok {
		if known.State.Committed() && !known.Bare && !known.Abridged && (t.Bare || t.Abridged) {
			return
		}
		v.held -= known.Size(nil)
	}
	t = t.WithoutWrites()
	v.Tasks[t.TaskKey] = t
	v.held += t.Size(nil)
}

// Forget drops the records that a task does not need when the view holds more than
// MostHeld: a worker's memory must suffice for chains of any length.
func (v *View) Forget(needed []string, scope string) {
	if v.held > v.MostHeld {
		v.Retain(needed, scope)
	}
}

// Retain drops the records that a task does not need.
func (v *View) Retain(needed []string, scope string) {
	known := v.Tasks
	v.Tasks, v.held = map[state.TaskKey]state.TaskRecord{}, 0
	for _, id := range needed {
		if t, ok := known[state.TaskKey{Node: id, Scope: scope}]; ok {
			v.Keep(t)
		}
	}
}

// SetInput keeps the run's input; a run without input has null.
func (v *View) SetInput(input json.RawMessage) {
	v.Input = rawjson.OrNull(input)
	if json.Unmarshal(v.Input, &v.fields) != nil {
		v.fields = nil
	}
}

// Decider returns the record that decided id's edges: its own, or that of the fallback
// that stood in for it.
func (v *View) Decider(id, scope string) (state.TaskRecord, bool) {
	for id != "" {
		t, ok := v.Tasks[state.TaskKey{Node: id, Scope: scope}]
		if !ok {
			break
		}
		if t.State == flow.TaskDone {
			return t, true
		}
		if t.State != flow.TaskFailed {
			break
		}
		id = v.graph().FallbackOf(id) //rule:fallback-decides = ""
	}
	return state.TaskRecord{}, false
}

// output returns the output of a node, or of its fallback; false if there is none.
func (v *View) output(id, scope string) (json.RawMessage, bool) {
	t, ok := v.Decider(id, scope)
	return t.Output, ok && t.Output != nil
}

// contextKey returns the value of a context key as the task sees it; written keys hide the
// run input's keys.
func (v *View) contextKey(key string, task state.TaskKey) (json.RawMessage, bool) {
	if v.Provides(key, task) {
		return v.caught(task), true
	}
	if written, ok := v.Values[key]; ok {
		return written.Value, !written.Deleted
	}
	value, ok := v.fields[key]
	return value, ok
}

// outputKey is the context key under which Flowcraft keeps a node's output.
const outputKey = "_outputs."

// LookUp returns the value of a context key for code and expressions: the written value,
// else the output of the node with that name, else the run input's key.
func (v *View) LookUp(key string, task state.TaskKey) (json.RawMessage, bool) {
	if _, written := v.Values[key]; !written && !v.Provides(key, task) {
		if output, ok := v.output(strings.TrimPrefix(key, outputKey), task.Scope); ok {
			return output, true
		}
	}
	return v.contextKey(key, task)
}

// Provides reports whether a key's value needs no reading, because it is the failure that
// a fallback's task finds in its context.
func (v *View) Provides(key string, task state.TaskKey) bool {
	return key == catchErrorKey && v.caught(task) != nil
}

// ForCode returns the view for a task's code, which may outlive the handling of the
// message: it shares nothing that changes.
func (v *View) ForCode(task state.TaskKey) *View {
	own := *v
	own.Tasks = map[state.TaskKey]state.TaskRecord{}
	failed := state.TaskKey{Node: v.graph().primary[task.Node], Scope: task.Scope}
	if t, ok := v.Tasks[failed]; ok {
		own.Tasks[failed] = t
	}
	return &own
}

// OutputsUnder returns the tasks whose output may be found under a context key: those of
// the node with that name and of its fallbacks.
func (v *View) OutputsUnder(key, scope string) (tasks []state.TaskKey) {
	for id := strings.TrimPrefix(key, outputKey); v.graph().nodes[id] != nil; id = v.graph().FallbackOf(id) {
		tasks = append(tasks, state.TaskKey{Node: id, Scope: scope})
	}
	return tasks
}

// caught returns the value of the context key _catch_error for a fallback's task; nil for
// any other task.
func (v *View) caught(task state.TaskKey) json.RawMessage {
	failed, ok := v.Tasks[state.TaskKey{Node: v.graph().primary[task.Node], Scope: task.Scope}]
	if !ok || failed.Error == nil {
		return nil
	}
	value, err := rawjson.Encode(struct {
		Message     string `json:"message"`
		Code        string `json:"code"`
		NodeID      string `json:"nodeId"`
		BlueprintID string `json:"blueprintId"`
		Attempt     int    `json:"attempt"`
	}{failed.Error.Message, failed.Error.Code, failed.Node, v.graph().Blueprint.ID, failed.Error.Attempt})
	if err != nil {
		return nil
	}
	return value
}

// takenInto returns the taken edges from source into target, in the order of edges, and
// the record that holds them: that of source, or of its fallback.
func (v *View) takenInto(target state.TaskKey, source string) (edges []state.TakenEdge, from state.TaskRecord) {
	from, ok := v.Decider(source, target.Scope)
	if !ok {
		return nil, from
	}
	for _, taken := range from.Edges {
		if v.graph().Blueprint.Edges[taken.Index].Target == target.Node { //rule:edge-leads-to-target = true
			edges = append(edges, taken)
		}
	}
	return edges, from
}

// Env returns the environment of a task's expressions, without result and input.
func (v *View) Env(task state.TaskKey) expression.Env {
	r := v.Plan.Reads(task.Node)
	env := expression.Env{
		RunID: v.RunID, RunInput: v.Input,
		Context: make(map[string]json.RawMessage, len(r.Keys)),
		Outputs: make(map[string]json.RawMessage, len(r.Tasks)),
	}
	for _, key := range r.Keys {
		if value, ok := v.LookUp(key, task); ok {
			env.Context[key] = value
		}
	}
	for _, id := range r.Tasks {
		if output, ok := v.output(id, task.Scope); ok {
			env.Outputs[id] = output
		}
	}
	return env
}

// ShareInput takes the run's input from another view of the run.
func (v *View) ShareInput(from *View) { v.Input, v.fields = from.Input, from.fields }
