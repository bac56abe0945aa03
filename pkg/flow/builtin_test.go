package flow

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

func values(n int) string {
	var entries []string
	for i := range n {
		entries = append(entries, fmt.Sprintf(`"k%d":"1"`, i))
	}
	return `{"values":{` + strings.Join(entries, ",") + `}}`
}

func TestBuiltin_params(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		uses, params string
		want         []string
	}{
		"pass without params":     {"pass", ``, nil},
		"pass with null params":   {"pass", `null`, nil},
		"pass with all":           {"pass", `{"output":null,"action":"go"}`, nil},
		"pass with unknown":       {"pass", `{"outputs":1}`, []string{"UNKNOWN_FIELD params.outputs"}},
		"pass with odd action":    {"pass", `{"action":{}}`, []string{"INVALID_FIELD params.action"}},
		"eval without params":     {"eval", ``, []string{"INVALID_FIELD params.expression"}},
		"eval with empty":         {"eval", `{"expression":""}`, []string{"INVALID_FIELD params.expression"}},
		"eval with number":        {"eval", `{"expression":5}`, []string{"INVALID_FIELD params.expression"}},
		"eval with all":           {"eval", `{"expression":"input.x + 1","action":"input.x > 1 ? 'big' : null"}`, nil},
		"eval that does not end":  {"eval", `{"expression":"(","action":"["}`, []string{"INVALID_EXPRESSION params.expression", "INVALID_EXPRESSION params.action"}},
		"eval with unknown":       {"eval", `{"expression":"1","expr":"1"}`, []string{"UNKNOWN_FIELD params.expr"}},
		"set without params":      {"set", ``, []string{"INVALID_FIELD params.values"}},
		"set with nothing":        {"set", `{"values":{}}`, []string{"INVALID_FIELD params.values"}},
		"set with an array":       {"set", `{"values":["a"]}`, []string{"INVALID_FIELD params.values"}},
		"set with 50 keys":        {"set", values(50), nil},
		"set with 51 keys":        {"set", values(51), []string{"INVALID_FIELD params.values"}},
		"set with odd values":     {"set", `{"values":{"a":1,"b":"","c":null,"d":"1 +","e":"1"}}`, []string{"INVALID_FIELD params.values.a", "INVALID_FIELD params.values.b", "INVALID_FIELD params.values.c", "INVALID_EXPRESSION params.values.d"}},
		"set with odd keys":       {"set", `{"values":{"":"1","a b":"(","` + strings.Repeat("k", 256) + `":"1"}}`, []string{`INVALID_FIELD params.values[""]`, `INVALID_EXPRESSION params.values["a b"]`, "INVALID_FIELD params.values." + strings.Repeat("k", 256)}},
		"set with unknown":        {"set", `{"values":{"a":"1"},"value":1}`, []string{"UNKNOWN_FIELD params.value"}},
		"fail without params":     {"fail", ``, nil},
		"fail with all":           {"fail", `{"message":"m","permanent":true,"code":"c"}`, nil},
		"fail with odd types":     {"fail", `{"message":1,"permanent":"yes","code":[]}`, []string{"INVALID_FIELD params.message", "INVALID_FIELD params.permanent", "INVALID_FIELD params.code"}},
		"fail with unknown":       {"fail", `{"retry":1}`, []string{"UNKNOWN_FIELD params.retry"}},
		"params that are no JSON": {"pass", `{`, []string{"INVALID_FIELD params"}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			_, _, err := Registry(nil).Prepare(oneNode(test.uses, test.params), 0, nil)
			if diff := cmp.Diff(test.want, faultsOf(t, err)); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

func oneNode(uses, params string) *Blueprint {
	return &Blueprint{ID: "b", Nodes: []Node{{ID: "n", Uses: uses, Params: json.RawMessage(params)}}}
}

// environmentValues are the values of an engine, which have an environment for
// expressions.
type environmentValues struct {
	ownValues
	env expression.Env
}

func (v *environmentValues) Environment() expression.Env {
	if v.values == nil {
		v.values = map[string]json.RawMessage{}
	}
	return v.env
}

// callBuiltin runs a built-in and returns its result as JSON and its context writes.
func callBuiltin(t *testing.T, uses, params string, task *Task) (output, action string, writes map[string]string, err error) {
	t.Helper()
	handler, _, err := Registry(nil).Prepare(oneNode(uses, params), 0, nil)
	if err != nil {
		t.Fatalf("prepare: %v", err)
	}
	task.NodeID = "n"
	result, err := handler.Handle(t.Context(), task)
	if result.Output != nil {
		text, err := rawjson.Encode(result.Output)
		if err != nil {
			t.Fatal(err)
		}
		output = string(text)
	}
	written := task.own.values
	if values, ok := task.Values.(*environmentValues); ok {
		written = values.values
	}
	for key, value := range written {
		if writes == nil {
			writes = map[string]string{}
		}
		writes[key] = string(value)
	}
	return output, result.Action, writes, err
}

func TestBuiltin_results(t *testing.T) {
	t.Parallel()
	const input = `{"total":9007199254740993,"n":2,"name":"<b>"}`
	for name, test := range map[string]struct {
		uses, params   string
		output, action string
		writes         map[string]string
	}{
		"pass hands its input on":        {uses: "pass", output: input},
		"pass replaces its input":        {uses: "pass", params: `{"output":{"big": 12345678901234567890.10},"action":"go"}`, output: `{"big":12345678901234567890.10}`, action: "go"},
		"pass replaces it by null":       {uses: "pass", params: `{"output":null}`, output: `null`},
		"eval's value is the output":     {uses: "eval", params: `{"expression":"input.n + 1"}`, output: `3`},
		"eval keeps a number's digits":   {uses: "eval", params: `{"expression":"input.total"}`, output: `9007199254740993`},
		"eval reads run and context":     {uses: "eval", params: `{"expression":"[run.id, run.input.x, limit, outputs.a, result]"}`, output: `["r1",7,5,"out",null]`},
		"eval's action is an expression": {uses: "eval", params: `{"expression":"missing","action":"input.n > 1 ? 'big' : null"}`, output: `null`, action: "big"},
		"eval's action may be null":      {uses: "eval", params: `{"expression":"1","action":"input.n > 5 ? 'big' : null"}`, output: `1`},
		"set writes and hands on":        {uses: "set", params: `{"values":{"limit":"limit + 1","before":"limit","none":"null"}}`, output: input, writes: map[string]string{"limit": "6", "before": "5", "none": "null"}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			output, action, writes, err := callBuiltin(t, test.uses, test.params, &Task{
				Input: json.RawMessage(input),
				Values: &environmentValues{env: expression.Env{
					RunID: "r1", RunInput: json.RawMessage(`{"x":7}`),
					Context: map[string]json.RawMessage{"limit": json.RawMessage(`5`)},
					Outputs: map[string]json.RawMessage{"a": json.RawMessage(`"out"`)},
				}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if output != test.output || action != test.action {
				t.Errorf("output %s, action %q, want %s, %q", output, action, test.output, test.action)
			}
			if diff := cmp.Diff(test.writes, writes); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("no_input_is_no_output", func(t *testing.T) {
		t.Parallel()
		for uses, params := range map[string]string{"pass": ``, "set": `{"values":{"a":"1"}}`} {
			if output, _, _, err := callBuiltin(t, uses, params, &Task{}); output != "" || err != nil {
				t.Errorf("%s: output %s, error %v, want none", uses, output, err)
			}
		}
	})
}

func TestBuiltin_failures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		uses, params  string
		message, code string
		permanent     bool
	}{
		"fail by default":           {"fail", ``, `failed by node "n"`, CodeError, false},
		"fail with a message":       {"fail", `{"message":"no stock"}`, `no stock`, CodeError, false},
		"fail for good with a code": {"fail", `{"permanent":true,"code":"stock"}`, `failed by node "n"`, "stock", true},
		"value without JSON":        {"eval", `{"expression":"1 / 0"}`, `evaluate params.expression: `, CodeExpression, true},
		"action without JSON":       {"eval", `{"expression":"1","action":"1 / 0"}`, `evaluate params.action: `, CodeExpression, true},
		"action of another type":    {"eval", `{"expression":"1","action":"5"}`, `the value of params.action is a number: an action is a string, or null for none`, CodeExpression, true},
		"set without JSON":          {"set", `{"values":{"a":"1","b":"1 / 0"}}`, `evaluate params.values.b: `, CodeExpression, true},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			_, action, writes, err := callBuiltin(t, test.uses, test.params, &Task{Input: json.RawMessage(`"` + strings.Repeat("x", 200) + `"`)})
			if err == nil || !strings.HasPrefix(err.Error(), test.message) {
				t.Fatalf("error = %v, want %s", err, test.message)
			}
			if v := VerdictOf(err); v.Code != test.code || v.Permanent != test.permanent {
				t.Errorf("the verdict is %+v, want %s, permanent %t", v, test.code, test.permanent)
			}
			if action != "" || writes != nil {
				t.Errorf("action %q, writes %v beside an error", action, writes)
			}
		})
	}
}

func TestBuiltin_programs_are_all_that_is_evaluated(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		params string
		want   []string
	}{
		"pass": {`{"output":{"a":"x"}}`, nil},
		"eval": {`{"expression":"x","action":"y"}`, []string{"x", "y"}},
		"set":  {`{"values":{"b":"x","a":"y"}}`, []string{"y", "x"}},
		"fail": {`{"message":"x"}`, nil},
	}
	for uses := range builtins {
		if _, ok := tests[uses]; !ok {
			t.Errorf("there is no case for %q", uses)
		}
	}
	for uses, test := range tests {
		t.Run(uses, func(t *testing.T) {
			t.Parallel()
			_, programs, err := Registry(nil).Prepare(oneNode(uses, test.params), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, program := range programs {
				names = append(names, program.Refs().Names...)
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Errorf("names read (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuiltin_unknown(t *testing.T) {
	t.Parallel()
	for _, uses := range []string{"", "Pass", "sleep", "loop-controller"} {
		if handler, _, err := Registry(nil).Prepare(oneNode(uses, ""), 0, nil); handler != nil || err != nil {
			t.Errorf("there is a built-in %q", uses)
		}
	}
}

// Flowcraft's built-ins are either implemented or refused by name: none is ignored.
func TestBuiltin_of_Flowcraft_is_here_or_refused_by_name(t *testing.T) {
	t.Parallel()
	for _, uses := range []string{"wait", "sleep", "webhook", "subflow", "batch-scatter", "batch-gather", "loop-controller"} {
		if builtins[uses] != nil {
			continue
		}
		err := Validate(&Blueprint{ID: "b", Nodes: []Node{{ID: "a", Uses: uses}}}, nil)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("Flowcraft's built-in %q is not part of this version", uses)) {
			t.Errorf("%s: err = %v, want that it is missing", uses, err)
		}
	}
}
