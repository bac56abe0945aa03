package expression_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// javascriptInput is the input of testdata/javascript.mjs.
const javascriptInput = `{
	"n": 7, "zero": 0, "half": 2.5, "minus": -2.5, "huge": 1e21, "tiny": 1.5e-7,
	"s": "order", "empty": "", "digits": "12", "word": "\u00fcber \ud83d\ude00", "yes": true, "no": false,
	"list": [3, "a", true, 0.1], "deep": {"key": "n", "a": {"b": [1, 2, {"c": "x"}]}}
}`

// TestJavaScript compares results with those recorded from JavaScript.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile("testdata/javascript.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(bytes.NewReader(recorded)); lines.Scan(); n++ {
		var want struct {
			Expression string
			JSON       json.RawMessage
			Truth      bool
			Error      string
		}
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		env := expression.Env{Input: json.RawMessage(javascriptInput)}
		program, err := expression.Compile(want.Expression)
		if (err != nil) != (want.Error == "syntax") {
			t.Errorf("Compile(%s) = %v, JavaScript says %q", want.Expression, err, want.Error)
		}
		if err != nil {
			continue
		}
		got, err := program.Eval(env)
		if (err != nil) != (want.Error != "") {
			t.Errorf("Eval(%s) = %s, %v, JavaScript says %s %q", want.Expression, got, err, want.JSON, want.Error)
		}
		if err == nil && !cmp.Equal(decode(t, got), decode(t, want.JSON)) {
			t.Errorf("Eval(%s) = %s, JavaScript says %s", want.Expression, got, want.JSON)
		}
		if truth, err := program.Test(env); err != nil || truth != want.Truth {
			t.Errorf("Test(%s) = %v, %v, JavaScript says %v", want.Expression, truth, err, want.Truth)
		}
	}
	if n < 1000 {
		t.Errorf("%d expressions recorded, want 1000", n)
	}
}

func decode(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s is not JSON: %v", raw, err)
	}
	return v
}
