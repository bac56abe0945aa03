package flow_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// A stated name is short, and can be shown to people.
func TestNameThatAMessageStates(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"":                              "",
		"Ada Größe <ada@x.org>":         "",
		strings.Repeat("é", 64):         "",
		strings.Repeat("é", 65):         "at most 128 bytes",
		"a\nb":                          "no control characters",
		"\x1b[31mroot":                  "no control characters",
		"a\x7f":                         "no control characters",
		"a\u0085":                       "no control characters",
		"a\u202etoor":                   "no control characters and no others",
		"a\u200bb":                      "no control characters and no others",
		"a\u2028b":                      "no control characters and no others",
		" ada":                          "must not begin or end with a space",
		"ada ":                          "must not begin or end with a space",
		"\t" + strings.Repeat("a", 200): "at most 128 bytes; by must have no control characters",
	} {
		for _, body := range []flow.MessageBody{{Type: flow.TypeStart, BlueprintID: "b", By: name}, {Type: flow.TypeCancel, RunID: "r", By: name}} {
			text, err := body.Encode()
			if err != nil {
				t.Fatal(err)
			}
			got, err := flow.ParseMessage(text)
			if fault == "" && (err != nil || got.By != name) {
				t.Errorf("%q of a %s: %q, %v", name, body.Type, got.By, err)
			}
			if reject, ok := errors.AsType[*flow.RejectError](err); fault != "" && (!ok || !strings.Contains(reject.Reason, fault)) {
				t.Errorf("%q of a %s: %v, want a rejection with %q", name, body.Type, err, fault)
			}
		}
	}
}
