package flow

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
)

// overlay is a view in which a task is already done with an outcome: what the
// transforms of its own edges see.
type overlay struct {
	*view
	task  TaskKey
	o     outcome
	after *view // made when a transform asks for a name
}

// route chooses among edges: those with the result's action whose condition
// holds; if there are none, those without action whose condition holds.
func (v *overlay) route(edges []int, action string, env expression.Env) ([]TakenEdge, error) {
	taken, err := v.holding(edges, action, env)
	if err == nil && len(taken) == 0 && action != "" {
		taken, err = v.holding(edges, "", env)
	}
	return taken, err
}

func (v *overlay) holding(edges []int, action string, env expression.Env) (taken []TakenEdge, err error) {
	for _, i := range edges {
		if v.blueprint.Edges[i].Action != action {
			continue
		}
		if condition := v.edges[i].condition; condition != nil {
			holds, err := condition.Test(env)
			if err != nil {
				return nil, v.edgeError(i, "condition", err)
			}
			if !holds {
				continue
			}
		}
		value, err := v.transform(i, env)
		if err != nil {
			return nil, v.edgeError(i, "transform", err)
		}
		taken = append(taken, TakenEdge{i, value})
	}
	return taken, nil
}

// transform is the value that an edge's transform makes; nil without one, and
// where the target's inputs leave no use for it.
func (v *overlay) transform(i int, env expression.Env) (json.RawMessage, error) {
	transform := v.edges[i].transform
	inputs := v.nodes[v.blueprint.Edges[i].Target].Inputs
	if transform == nil || inputs.Fields != nil {
		return nil, nil
	}
	if inputs.Name != "" {
		env.Input = v.named(inputs.Name)
	}
	return transform.Eval(env)
}

// named resolves a name as the view does, with the outcome in place.
func (v *overlay) named(name string) json.RawMessage {
	if v.after == nil {
		v.after = v.withOutcome()
	}
	return v.after.named(name, v.task.Scope)
}

func (v *overlay) withOutcome() *view {
	after := *v.view
	after.tasks, after.values = maps.Clone(v.tasks), map[string]ContextValue{}
	after.tasks[v.task] = TaskRecord{TaskKey: v.task, State: TaskDone, Output: v.o.output}
	maps.Copy(after.values, v.values)
	for _, w := range v.o.writes {
		after.values[w.Key] = w.ContextValue
	}
	return &after
}

func (v *overlay) edgeError(i int, what string, err error) error {
	e := v.blueprint.Edges[i]
	return Permanent(WithCode(fmt.Errorf("%s of the edge %s -> %s (edges[%d]): %w", what, e.Source, e.Target, i, err), CodeExpression))
}
