package engine_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// A branch that ends because no edge was taken is told, with the reason: an action that no
// edge has, or conditions that do not hold, is mostly a mistake.
func TestDecisionWithoutAnEdgeIsTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint string
		says      []string // nil: nothing is told
	}{
		"an action that no edge has": {
			`{"id":"b","nodes":[{"id":"a","uses":"pass","params":{"action":"maybe"}},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"c","action":"yes"},{"source":"a","target":"d","action":"no"}]}`,
			[]string{`the result's action is \"maybe\", and edges are for \"yes\", \"no\"`},
		},
		"no action": {
			`{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"pass"}],"edges":[{"source":"a","target":"c","action":"yes"}]}`,
			[]string{`the result has no action, and edges are for \"yes\"`},
		},
		"conditions that are false": {
			`{"id":"b","nodes":[{"id":"a","uses":"pass","params":{"action":"x"}},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"c","action":"x","condition":"result.output.x > 5"},{"source":"a","target":"c","condition":"false"},{"source":"a","target":"c","action":"y"}]}`,
			[]string{`edges[0] (a -> c), edges[1] (a -> c)`, `action is \"x\", and edges are for \"y\"`},
		},
		"a fallback for its node": {
			`{"id":"b","nodes":[{"id":"e","uses":"fail","config":{"fallback":"a"}},{"id":"a","uses":"pass"},{"id":"c","uses":"pass"}],"edges":[{"source":"e","target":"c","action":"yes"}]}`,
			[]string{`edges are for \"yes\"`},
		},
		"an edge that is taken": {`{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"c","action":"yes"},{"source":"a","target":"d","otherwise":true}]}`, nil},
		"no edges":  {`{"id":"b","nodes":[{"id":"a","uses":"pass"}]}`, nil},
		"a failure": {`{"id":"b","nodes":[{"id":"a","uses":"fail"},{"id":"c","uses":"pass"}],"edges":[{"source":"a","target":"c"}]}`, nil},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			w := setup(t, test.blueprint, nil, func(c *engine.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			w.handle(w.start())
			w.drain()
			var told []string
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, `msg="no edge taken"`) {
					told = append(told, line)
				}
			}
			report, err := client.New(nil, w.store).Report(t.Context(), w.runID)
			if err != nil {
				t.Fatal(err)
			}
			if test.says == nil {
				if len(told) > 0 || report.Unmatched != 0 {
					t.Errorf("told %q, and %d in the report, want nothing", told, report.Unmatched)
				}
				return
			}
			if len(told) != 1 || !strings.Contains(told[0], "level=WARN") || !strings.Contains(told[0], "node_id=a") {
				t.Fatalf("told %q, want one line at WARN of node a", told)
			}
			for _, says := range test.says {
				if !strings.Contains(told[0], says) {
					t.Errorf("the line is %s, want it to say %s", told[0], says)
				}
			}
			if report.Unmatched != 1 || !report.Node("a").Unmatched || report.Node("c").Unmatched {
				t.Errorf("the report counts %d: %v", report.Unmatched, report)
			}
		})
	}
}

// A node that must lead on fails for good, with the reason.
func TestNoMatchFails(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass","params":{"action":"maybe"},"config":{"noMatch":"fail","maxRetries":3}},{"id":"c","uses":"pass"}],
		"edges":[{"source":"a","target":"c","action":"yes"}]}`, nil)
	w.handle(w.start())
	w.wantRun(flow.Failed)
	got := w.run().Error
	if want := `no edge of node "a" is taken, and its noMatch is "fail": the result's action is "maybe", and edges are for "yes"`; got.Code != state.CodeNoMatch || got.Message != want || got.Attempt != 1 {
		t.Errorf("the error is %+v, want %s: %s at once", got, state.CodeNoMatch, want)
	}
}
