package trace_test

import (
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

const (
	id    = "4bf92f3577b34da6a3ce929d0e0e4736"
	given = "00-" + id + "-00f067aa0ba902b7-01"
)

// The cases are those of the specification, level 2, and of the test suite beside it.
func TestParse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"sampled":                        {given, given},
		"not sampled":                    {"00-" + id + "-00f067aa0ba902b7-00", "00-" + id + "-00f067aa0ba902b7-00"},
		"the random flag":                {"00-" + id + "-00f067aa0ba902b7-03", "00-" + id + "-00f067aa0ba902b7-03"},
		"a later version":                {"cc-" + id + "-00f067aa0ba902b7-01", given},
		"a later version with more":      {"cc-" + id + "-00f067aa0ba902b7-01-what-comes", given},
		"a later version with a dash":    {"cc-" + id + "-00f067aa0ba902b7-01-", given},
		"other flags of a later version": {"01-" + id + "-00f067aa0ba902b7-fe", "00-" + id + "-00f067aa0ba902b7-00"},
		"all flags of a later version":   {"01-" + id + "-00f067aa0ba902b7-ff", given},
		"a later version without a dash": {"cc-" + id + "-00f067aa0ba902b7-01.what-comes", ""},
		"the invalid version":            {"ff-" + id + "-00f067aa0ba902b7-01", ""},
		"a version in upper case":        {"0A-" + id + "-00f067aa0ba902b7-01", ""},
		"no text":                        {"", ""},
		"a prefix":                       {given[:54], ""},
		"more":                           {given + "-01", ""},
		"a dash more":                    {given + "-", ""},
		"a blank before it":              {" " + given, ""},
		"a blank behind it":              {given + " ", ""},
		"two of them":                    {given + "," + given, ""},
		"upper case":                     {strings.ToUpper(given), ""},
		"no trace":                       {"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", ""},
		"no parent":                      {"00-" + id + "-" + strings.Repeat("0", 16) + "-01", ""},
		"another letter in the trace":    {"00-" + id[:31] + "g-00f067aa0ba902b7-01", ""},
		"another letter in the parent":   {"00-" + id + "-00f067aa0ba902bx-01", ""},
		"another letter in the flags":    {"00-" + id + "-00f067aa0ba902b7-0x", ""},
		"another separator":              {strings.ReplaceAll(given, "-", "_"), ""},
		"a shifted dash":                 {"00-" + id[:31] + "-600f067aa0ba902b7-01", ""},
		"beyond ASCII":                   {"00-" + id[:30] + "é-00f067aa0ba902b7-01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := trace.Parse(test.text)
			if got != test.want && ok || ok != (test.want != "") {
				t.Errorf("Parse(%q) = %q, %t; want %q", test.text, got, ok, test.want)
			}
			if want := strings.Repeat(id, min(len(test.want), 1)); trace.ID(test.text) != want {
				t.Errorf("ID = %q, want %q", trace.ID(test.text), want)
			}
			if from := trace.From(trace.ContextWith(t.Context(), test.text)); from != test.want {
				t.Errorf("the context has %q, want %q", from, test.want)
			}
		})
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	if got := trace.From(t.Context()); got != "" {
		t.Errorf("a context without one has %q", got)
	}
	ctx := trace.ContextWith(t.Context(), given)
	if got := trace.From(trace.ContextWith(ctx, "00-1")); got != given {
		t.Errorf("an invalid one replaces it by %q", got)
	}
}
