package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// TestRun_expressions evaluates all expressions in one run: each is a node.
func TestRun_expressions(t *testing.T) {
	t.Parallel()
	var table struct {
		Input   json.RawMessage
		Values  map[string]json.RawMessage
		Failing []string // their fallback has the error's code
		Refused []string
	}
	readTestdata(t, "testdata/expressions.json", &table)
	b := flow.Blueprint{ID: "expressions"}
	evaluate := func(expression string) *flow.Node {
		params, err := json.Marshal(map[string]string{"expression": expression})
		if err != nil {
			t.Fatal(err)
		}
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprint(len(b.Nodes)), Uses: "eval", Params: params})
		return &b.Nodes[len(b.Nodes)-1]
	}
	want, source := map[string]any{}, map[string]string{}
	for _, expression := range slices.Sorted(maps.Keys(table.Values)) {
		id := evaluate(expression).ID
		want[id], source[id] = exact(t, table.Values[expression]), expression
	}
	for _, expression := range table.Failing {
		node := evaluate(expression)
		node.Config = flow.NodeConfig{MaxRetries: 3, Fallback: fmt.Sprint(len(b.Nodes))}
		id := node.ID
		fallback := evaluate("_catch_error.code + ' at ' + _catch_error.attempt").ID
		want[id], source[id] = "expression at 1", expression
		want[fallback] = want[id]
	}
	body, err := b.Body()
	if err != nil {
		t.Fatal(err)
	}
	p := flowctlRun(t.Context(), append(blueprintFile(t, string(body)), "--input", string(table.Input))...)
	for id, got := range exactAll(t, p.report(t).Outputs) {
		if diff := cmp.Diff(want[id], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source[id], diff)
		}
		delete(want, id)
	}
	if len(want) != 0 {
		t.Errorf("nodes without output: %v", want)
	}

	b.Nodes = nil
	var refused []string
	for _, expression := range table.Refused {
		refused = append(refused, "INVALID_EXPRESSION nodes["+evaluate(expression).ID+"].params.expression")
	}
	if body, err = b.Body(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(refused, flowctlRun(t.Context(), blueprintFile(t, string(body))...).issues(t, "")); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
}
