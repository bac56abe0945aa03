package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// greet is a node type with one param of each kind.
func greet(p *flow.Params) flow.Handler {
	p.Only("name", "style", "marks", "parts")
	if !p.Has("name") {
		p.Fault("it is missing: say whom to greet", "name")
	}
	name, style, marks, parts := p.Expression("name"), p.Text("style"), p.Texts("marks"), p.Expressions("parts")
	if _, ok := marks["?"]; ok {
		p.Fault("a greeting does not ask", "marks", "?")
	}
	return flow.HandlerFunc(func(_ context.Context, task *flow.Task) (flow.Result, error) {
		text, err := name.EvalText(task)
		if err != nil {
			return flow.Result{}, err
		}
		part, err := parts["total"].Eval(task)
		return flow.Result{Output: []any{style, text, part, marks["!"]}}, err
	})
}

func greeting(params string) *flow.Blueprint {
	return &flow.Blueprint{ID: "greeting",
		Nodes: []flow.Node{
			{ID: "keep", Uses: "set", Params: json.RawMessage(`{"values":{"who":"'Ada'","count":"41"}}`)},
			{ID: "greet", Uses: "greet", Params: json.RawMessage(params)},
		},
		Edges: []flow.Edge{{Source: "keep", Target: "greet"}},
	}
}

// The names in a node's expressions are read for it, as for a built-in node.
func TestFromParams(t *testing.T) {
	t.Parallel()
	b := greeting(`{"name":"who","style":"loud","marks":{"!":"!!"},"parts":{"total":"count + 1"}}`)
	run, err := memory.Run(t.Context(), b, flow.Registry{"greet": flow.FromParams(greet)}, nil)
	if want := `["loud","Ada",42,"!!"]`; string(run.Outputs["greet"]) != want || err != nil {
		t.Errorf("output %s, error %v, want %s", run.Outputs["greet"], err, want)
	}
}

func TestFromParams_faults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		params string
		want   []string
	}{
		"none":          {`{"name":"who"}`, nil},
		"missing":       {`{}`, []string{"INVALID_FIELD nodes[1].params.name"}},
		"null":          {`{"name":null}`, []string{"INVALID_FIELD nodes[1].params.name"}},
		"empty":         {`{"name":""}`, []string{"INVALID_FIELD nodes[1].params.name"}},
		"unknown":       {`{"name":"who","nam":"x"}`, []string{"UNKNOWN_FIELD nodes[1].params.nam"}},
		"no_expression": {`{"name":"(","parts":{"a b":"[","c":"","d":1}}`, []string{"INVALID_EXPRESSION nodes[1].params.name", "INVALID_FIELD nodes[1].params.parts.d", `INVALID_EXPRESSION nodes[1].params.parts["a b"]`, "INVALID_FIELD nodes[1].params.parts.c"}},
		"odd_types":     {`{"name":1,"style":{},"marks":[],"parts":"x"}`, []string{"INVALID_FIELD nodes[1].params.name", "INVALID_FIELD nodes[1].params.style", "INVALID_FIELD nodes[1].params.marks", "INVALID_FIELD nodes[1].params.parts"}},
		"of_its_own":    {`{"name":"who","marks":{"?":""}}`, []string{`INVALID_FIELD nodes[1].params.marks["?"]`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := flow.Registry{"greet": flow.FromParams(greet)}
			err := flow.Validate(greeting(test.params), registry)
			var got []string
			if invalid, ok := errors.AsType[*flow.InvalidError](err); ok {
				for _, issue := range invalid.Issues {
					got = append(got, issue.Code+" "+issue.Path)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if _, err := memory.Run(t.Context(), greeting(test.params), registry, nil); test.want != nil && err == nil {
				t.Error("it runs")
			}
		})
	}
}

// An expression for a text must have a text as its value; otherwise the node fails
// permanently.
func TestFromParams_text(t *testing.T) {
	t.Parallel()
	_, err := memory.Run(t.Context(), greeting(`{"name":"count","parts":{"total":"1"}}`), flow.Registry{"greet": flow.FromParams(greet)}, nil)
	failed, ok := errors.AsType[*flow.NodeError](err)
	if want := "the value of params.name is a number: it must be a string"; !ok || failed.Code != flow.CodeExpression || failed.Err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

// Code that wraps the entry would hide the params from validation.
func TestFromParams_inside_of_other_code(t *testing.T) {
	t.Parallel()
	inner := flow.FromParams(greet)
	outer := flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) { return inner.Handle(ctx, task) })
	if _, err := memory.Run(t.Context(), greeting(`{"name":"who"}`), flow.Registry{"greet": outer}, nil); err == nil {
		t.Error("it runs, without the values of its expressions")
	}
}
