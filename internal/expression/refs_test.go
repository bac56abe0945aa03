package expression_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

func TestRefs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		expression string
		want       expression.Refs
	}{
		{`1 + 2`, expression.Refs{}},
		{`result.output.total > input.limit`, expression.Refs{}},
		{`b + a.c + b.d["e"]`, expression.Refs{Names: []string{"a", "b"}}},
		{`a[b]`, expression.Refs{Names: []string{"a", "b"}}},
		{`true ? 1 : a`, expression.Refs{Names: []string{"a"}}},
		{`[a, {b: c, d}]`, expression.Refs{Names: []string{"a", "c", "d"}}},
		{`a.includes(b) || Math.max(c, 1)`, expression.Refs{Names: []string{"a", "b", "c"}}},
		{`outputs.b.x + outputs["a-1"] + outputs?.b + outputs?.["c"]`, expression.Refs{Outputs: []string{"a-1", "b", "c"}}},
		{`(outputs).a`, expression.Refs{Outputs: []string{"a"}}},
		{`outputs[1]`, expression.Refs{Outputs: []string{"1"}}},
		{`outputs.length`, expression.Refs{Outputs: []string{"length"}}},
		{`context["k.l"][outputs.a] + context.k`, expression.Refs{Context: []string{"k", "k.l"}, Outputs: []string{"a"}}},
		{`input.outputs.context`, expression.Refs{}},
		{`run.id`, expression.Refs{}},
		{`run.other`, expression.Refs{}},
		{`run.input.a`, expression.Refs{RunInput: true}},
		{`run`, expression.Refs{RunInput: true}},
		{`run[a]`, expression.Refs{RunInput: true, Names: []string{"a"}}},
		{`null ?? undefined`, expression.Refs{}},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, compile(t, tt.expression).Refs()); diff != "" {
				t.Errorf("Refs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNames_are_words_but_for_their_hyphens(t *testing.T) {
	t.Parallel()
	names := expression.Names{"my-node": true, "my-node-2": true, "a-b": true, "x-": true, "3-d": true}
	for src, want := range map[string][]string{
		"my-node.total > 5":    {"my-node"},
		"my-node-2":            {"my-node-2"},
		"my-node-3":            {"my-node"},
		"my-node-more":         {"more", "my-node"},
		"my-nodes":             {"my", "nodes"},
		"my - node":            {"my", "node"},
		"outputs.my-node":      {"node"},
		"context?.a-b":         {"b"},
		"a-b-a":                {"a", "a-b"},
		"x--1":                 {"x-"},
		"3-d":                  {"d"},
		"{a-b}":                {"a-b"},
		"'my-node' + \"a-b\"":  nil,
		"[my-node, my-node-2]": {"my-node", "my-node-2"},
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			program, err := names.Compile(src)
			if err != nil {
				t.Fatal(err)
			}
			if got := program.Refs().Names; !slices.Equal(got, want) {
				t.Errorf("Names = %q, want %q", got, want)
			}
		})
	}
}
