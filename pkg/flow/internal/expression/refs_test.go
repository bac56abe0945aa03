package expression_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
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
