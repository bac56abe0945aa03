package display_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/flowcraft-go/flowcraft/internal/display"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// hostile clears the screen, sets the window's title, goes back over the line, and turns
// the reading direction.
const hostile = "\x1b[2J\x1b]0;owned\a\r\b\x7f\u009b31m\u202egpj\u2066\u2028\x00"

// Nothing in a report steers the terminal of the person who reads it, or forges a line.
func TestReport_prints_no_control_characters(t *testing.T) {
	t.Parallel()
	text := hostile + "\nresult: \"forged\"\tx"
	fault := &flow.Failure{Code: text, Message: text, NodeID: text, Scope: text, Attempt: 1}
	var out strings.Builder
	err := display.Report(&out, &flow.Report{
		RunID: text, BlueprintID: text, Status: flow.Status(text), WaitingFor: text, Result: []byte(`"` + "\u009b31m\u202e" + `"`),
		Error: fault, Omitted: map[string]int{text: 1},
		Nodes: []flow.NodeReport{{ID: text, State: flow.State(text), Error: &flow.Failure{Code: text}}, {ID: text, Scope: text}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range strings.ReplaceAll(out.String(), "\n", "") {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' {
			t.Errorf("the report has %U", r)
		}
	}
	if n := strings.Count(out.String(), "\nresult: "); n != 1 {
		t.Errorf("%d lines begin with result, want 1:\n%s", n, out.String())
	}
	if !strings.Contains(out.String(), `run \u001b[2J\u001b]0;owned\u0007\u000d\u0008\u007f\u009b31m\u202egpj\u2066\u2028\u0000\nresult: "forged"\tx of `) {
		t.Errorf("the run's id is not told:\n%s", out.String())
	}
}

func TestPlain_leaves_texts_of_all_languages(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "order-17", "größe 日本 🚚 שלום مرحبا", `{"a":"\u001b"}`} {
		if got := display.Plain(text); got != text {
			t.Errorf("Plain(%q) = %q", text, got)
		}
	}
	if got := display.Plain("a\x9bb"); got != "a\uFFFDb" {
		t.Errorf("a byte that is not UTF-8: %q", got)
	}
}

// Escaped JSON has the same meaning.
func TestWriter_keeps_lines_and_JSON(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	value := map[string]string{"id": hostile, "\u009b": "x"}
	var enc = json.NewEncoder(display.Writer(&out))
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(value); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\x7f\u009b\u202e\u2066") || strings.Count(out.String(), "\n") != 4 {
		t.Errorf("written: %q", out.String())
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got["id"] != hostile || got["\u009b"] != "x" {
		t.Errorf("it means %q, %v", got, err)
	}
}
