package rawjson_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

func TestASCII(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":1}`:                      `{"a":1}`,
		`"größe"`:                      `"gr\u00f6\u00dfe"`,
		`"日本"`:                         `"\u65e5\u672c"`,
		`"🚚 ship"`:                     `"\ud83d\ude9a ship"`,
		"\"\uFFFE\uFFFF\uFFFD\"":       `"\ufffe\uffff\ufffd"`,
		`{"é":["\u00e9","é",{"é":1}]}`: `{"\u00e9":["\u00e9","\u00e9",{"\u00e9":1}]}`,
		"\"\u007f\"":                   "\"\u007f\"",
	} {
		got := rawjson.ASCII([]byte(text))
		if got != want {
			t.Errorf("ASCII of %s = %s, want %s", text, got, want)
		}
		var before, after any
		if json.Unmarshal([]byte(text), &before) != nil || json.Unmarshal([]byte(got), &after) != nil {
			t.Errorf("%s or %s is not JSON", text, got)
		}
		a, _ := json.Marshal(before)
		b, _ := json.Marshal(after)
		if string(a) != string(b) {
			t.Errorf("ASCII of %s stands for %s, want %s", text, b, a)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		`{"a":"<b>&"}`:            map[string]string{"a": "<b>&"},
		"\"\uFFFD\"":              json.RawMessage("\"\xff\""),
		`12345678901234567890.10`: json.RawMessage(` 12345678901234567890.10 `),
		`null`:                    nil,
	} {
		got, err := rawjson.Encode(v)
		if err != nil || string(got) != want {
			t.Errorf("Encode(%v) = %s, %v, want %s", v, got, err, want)
		}
	}
	_, err := rawjson.Encode(math.NaN())
	if err == nil || rawjson.EncodeFault(err) != "json: unsupported value: NaN" {
		t.Errorf("Encode(NaN) = %v", err)
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "nothing", "{}": "an object", "[]": "an array", `""`: "a string", "true": "a boolean", "null": "null", "-1": "a number"} {
		if got := rawjson.Kind([]byte(text)); got != want {
			t.Errorf("Kind of %q = %s, want %s", text, got, want)
		}
	}
}
