package expression_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expression.Compile(`result.output.total > limit && result.action === 'ship'`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTest(b *testing.B) {
	item := `{"sku": "A-1", "count": 3, "note": "with \"quotes\""},`
	large := `{"items": [` + strings.Repeat(item, 20_000) + `1], "total": 120.5}`
	for _, bench := range []struct{ name, src, input string }{
		{"condition", `input.total > limit && result.action === 'ship'`, `{"total": 120.5}`},
		{"includes", `['paid', 'sent'].includes(input.status)`, `{"status": "sent"}`},
		{"arithmetic", `Math.round(input.total * 100) / 100 > limit`, `{"total": 120.5}`},
		{"member of 1 MB", `input.total > limit`, large},
	} {
		b.Run(bench.name, func(b *testing.B) {
			program, err := expression.Compile(bench.src)
			if err != nil {
				b.Fatal(err)
			}
			env := expression.Env{
				Input:   json.RawMessage(bench.input),
				Result:  json.RawMessage(`{"output": {"total": 120.5}, "action": "ship"}`),
				Context: map[string]json.RawMessage{"limit": json.RawMessage(`100`)},
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(bench.input)))
			for b.Loop() {
				if truth, err := program.Test(env); err != nil || !truth {
					b.Fatal(truth, err)
				}
			}
		})
	}
}

func BenchmarkEval(b *testing.B) {
	program, err := expression.Compile(`{id: input.id, total: Math.round(input.total), name: input.first + ' ' + input.last}`)
	if err != nil {
		b.Fatal(err)
	}
	env := expression.Env{Input: json.RawMessage(`{"id": 9007199254740993, "total": 120.5, "first": "Ada", "last": "Lovelace"}`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := program.Eval(env); err != nil {
			b.Fatal(err)
		}
	}
}
