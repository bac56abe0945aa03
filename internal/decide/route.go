package decide

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// decision decides the edges of a task from its outcome.
type decision struct {
	view    *View
	task    state.TaskKey
	outcome Outcome
	after   *View // with the task done; made when a transform asks for a name
}

// edges routes the task's result along its own edges and those of the nodes that it stands
// in for.
func (d *decision) edges(maxValue int) (taken []state.TakenEdge, err error) {
	var env expression.Env
	if d.view.Plan.decidesByExpression(d.task.Node) { // else nothing needs the environment, and an output may be large
		if env, err = d.env(); err != nil {
			return nil, err
		}
	}
	g := d.view.graph()
	for id := d.task.Node; id != ""; id = g.primary[id] {
		edges, err := d.route(g.out[id], d.outcome.Action, env)
		if err := errors.Join(err, mustMatch(g, id, edges, d.outcome.Action)); err != nil {
			return nil, err
		}
		taken = append(taken, edges...)
	}
	slices.SortFunc(taken, func(a, b state.TakenEdge) int { return a.Index - b.Index }) // of several into one node the last counts
	for _, edge := range taken {
		if err := checkValue("the value of an edge", edge.Value, maxValue); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// env returns the environment of the expressions of the task's edges, including its
// outcome.
func (d *decision) env() (env expression.Env, err error) {
	env = d.view.Env(d.task)
	output := d.outcome.Output
	if env.Result, err = rawjson.Encode(struct {
		Output json.RawMessage `json:"output"`
		Action string          `json:"action,omitempty"`
	}{rawjson.OrNull(output), d.outcome.Action}); err != nil {
		return env, err
	}
	env.Input = rawjson.OrNull(output)
	for id := d.task.Node; id != "" && output != nil; id = d.view.graph().primary[id] {
		env.Outputs[id] = output
		for _, key := range []string{id, outputKey + id} {
			if _, written := d.view.Values[key]; !written {
				env.Context[key] = output
			}
		}
	}
	for _, w := range d.outcome.Writes {
		if w.Deleted {
			delete(env.Context, w.Key)
		} else {
			env.Context[w.Key] = w.Value
		}
	}
	return env, nil
}

// route chooses among edges: those with the result's action whose condition holds; if
// there are none, those without an action whose condition holds; if there are none
// either, the edge for all other cases.
func (d *decision) route(edges []int, action string, env expression.Env) ([]state.TakenEdge, error) {
	taken, err := d.holding(edges, action, false, env)
	if err == nil && len(taken) == 0 && action != "" {
		taken, err = d.holding(edges, "", false, env)
	}
	if err == nil && len(taken) == 0 { //rule:otherwise-when-none-matched
		taken, err = d.holding(edges, "", true, env)
	}
	return taken, err
}

func (d *decision) holding(edges []int, action string, otherwise bool, env expression.Env) (taken []state.TakenEdge, err error) {
	for _, i := range edges {
		if e := d.view.graph().Blueprint.Edges[i]; e.Action != action ||
			e.Otherwise != otherwise { //rule:otherwise-beside-no-other
			continue
		}
		if condition := d.view.Plan.edges[i].condition; condition != nil {
			holds, err := condition.Test(env)
			if err != nil {
				return nil, d.edgeError(i, "condition", err)
			}
			if !holds {
				continue
			}
		}
		value, err := d.transform(i, env)
		if err != nil {
			return nil, d.edgeError(i, "transform", err)
		}
		taken = append(taken, state.TakenEdge{Index: i, Value: value})
	}
	return taken, nil
}

// transform returns the value that an edge's transform makes; nil without a transform, or
// if the target's inputs do not use it.
func (d *decision) transform(i int, env expression.Env) (json.RawMessage, error) {
	transform := d.view.Plan.edges[i].transform
	inputs := d.view.graph().nodes[d.view.graph().Blueprint.Edges[i].Target].Inputs
	if transform == nil || inputs.Fields != nil {
		return nil, nil
	}
	if inputs.Name != "" {
		env.Input = d.named(inputs.Name)
	}
	return transform.Eval(env)
}

// named resolves a name as the view does, including the outcome.
func (d *decision) named(name string) json.RawMessage {
	if d.after == nil {
		d.after = d.withOutcome()
	}
	return resolver{d.after, d.task}.named(name)
}

func (d *decision) withOutcome() *View {
	after := *d.view
	after.Tasks, after.Values = maps.Clone(d.view.Tasks), map[string]state.ContextValue{}
	after.Tasks[d.task] = state.TaskRecord{TaskKey: d.task, State: flow.TaskDone, Output: d.outcome.Output}
	maps.Copy(after.Values, d.view.Values)
	for _, w := range d.outcome.Writes {
		after.Values[w.Key] = w.ContextValue
	}
	return &after
}

func (d *decision) edgeError(i int, what string, err error) error {
	e := d.view.graph().Blueprint.Edges[i]
	return flow.Permanent(flow.WithCode(fmt.Errorf("%s of the edge %s -> %s (edges[%d]): %w", what, e.Source, e.Target, i, err), flow.CodeExpression))
}
