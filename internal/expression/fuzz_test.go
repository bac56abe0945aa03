package expression_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// FuzzCompileEval checks for any source and values that there is no panic, a result
// is JSON, Test agrees with it, and nothing outside Refs is read.
func FuzzCompileEval(f *testing.F) {
	for _, src := range []string{
		`result.output.total > limit && result.action === 'ship'`, `{a: [input, -1.5e3,], b, "c d": null ?? outputs["x"]}`,
		`input?.a?.["b"][0].includes('x') ? Math.max(1, run.input) : context.k % 7`, `'\u00e9\x41\'' + a + run.id.length`,
		`!-+(a !== [1, {}]) || {}`, `0x1F <= .5`, `filter(a, # > 1)`, `a in b..c`, "`x`",
	} {
		for _, input := range []string{`{"a": {"b": ["x"]}, "a": 9007199254740993}`, `[1, "\ud83d", {"\u0061": null}, 1e400]`, `{`, `"é\n"`, ``} {
			f.Add(src, input)
		}
	}
	f.Fuzz(func(t *testing.T, src, input string) {
		program, err := expression.Compile(src)
		if err != nil {
			checkFault(t, err)
			return
		}
		v := json.RawMessage(input)
		all := values{"a": v, "b": raw(`[1, "two"]`), "x": raw(`3`), "k": v}
		env := expression.Env{Result: v, Input: v, RunID: "run-1", RunInput: v, Context: all, Outputs: all}
		got, err := program.Eval(env)
		truth, testErr := program.Test(env)
		if err != nil {
			checkFault(t, err)
			return
		}
		if !json.Valid(got) {
			t.Fatalf("Eval = %q, which is not JSON", got)
		}
		if again, err := program.Eval(read(env, program.Refs())); err != nil || string(again) != string(got) {
			t.Errorf("Eval with the names of Refs = %s, %v, with everything %s", again, err, got)
		}
		if want, err := compile(t, "!!result").Test(expression.Env{Result: got}); err != nil || testErr != nil || truth != want {
			t.Errorf("Test = %v, %v, but Eval = %s", truth, testErr, got)
		}
	})
}

func checkFault(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "internal fault") {
		t.Fatal(err)
	}
}

// read leaves in env only the values that refs names.
func read(env expression.Env, refs expression.Refs) expression.Env {
	keep := func(all values, names ...[]string) values {
		all = maps.Clone(all)
		maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return !slices.Contains(slices.Concat(names...), name) })
		return all
	}
	env.Context = keep(env.Context, refs.Context, refs.Names)
	env.Outputs = keep(env.Outputs, refs.Outputs, refs.Names)
	if !refs.RunInput {
		env.RunInput = nil
	}
	return env
}
