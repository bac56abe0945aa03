package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// fan returns a blueprint of a start node, and width nodes behind it that lead to
// "join".
func fan(width int, condition string, strategy flow.JoinStrategy) *flow.Blueprint {
	b := &flow.Blueprint{ID: "fan", Nodes: []flow.Node{{ID: "start", Uses: "pass"}}}
	for i := range width {
		id := fmt.Sprint(i)
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "pass"})
		b.Edges = append(b.Edges, flow.Edge{Source: "start", Target: id, Condition: condition}, flow.Edge{Source: id, Target: "join"})
	}
	b.Nodes = append(b.Nodes, flow.Node{ID: "join", Uses: "eval", Params: json.RawMessage(`{"expression":"input"}`), Config: flow.NodeConfig{JoinStrategy: strategy}})
	return b
}

// line returns a chain of nodes whose first edge has a condition.
func line(length int, condition string) *flow.Blueprint {
	b := &flow.Blueprint{ID: "line", Nodes: []flow.Node{{ID: "0", Uses: "pass"}}}
	for i := 1; i < length; i++ {
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprint(i), Uses: "pass"})
		b.Edges = append(b.Edges, flow.Edge{Source: fmt.Sprint(i - 1), Target: fmt.Sprint(i)})
	}
	b.Edges[0].Condition = condition
	return b
}

func TestRun_large_blueprints(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint *flow.Blueprint
		done      int
		result    string // its beginning
	}{
		"a chain":                 {line(5000, ""), 5000, `7`},
		"a chain that is dead":    {line(5000, "false"), 1, `null`},
		"a wide all join":         {fan(1000, "", flow.JoinAll), 1002, `{"0":7,"1":7,"10":7,`},
		"a wide any join":         {fan(1000, "", flow.JoinAny), 1002, `7`},
		"a wide join, mostly out": {fan(1000, "false", flow.JoinAll), 1, `null`},
		"a wide any join, out":    {fan(1000, "false", flow.JoinAny), 1, `null`},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			body, err := test.blueprint.Body()
			if err != nil {
				t.Fatal(err)
			}
			report := flowctlRun(t.Context(), append(blueprintFile(t, string(body)), "--input", "7")...).report(t)
			done := 0
			for _, n := range report.Nodes {
				if n.State == flow.TaskDone && n.Attempts == 1 {
					done++
				} else if n.State != flow.TaskSkipped || n.Attempts != 0 {
					t.Errorf("node %s is %s with %d attempts", n.ID, n.State, n.Attempts)
				}
			}
			if report.Status != flow.Completed || done != test.done || !strings.HasPrefix(string(report.Result), test.result) {
				t.Errorf("run %s, %d done, result %.100s, want %d done, result %s…", report.Status, done, report.Result, test.done, test.result)
			}
		})
	}
}

// trigger is a writer that calls a function when the text is written to it.
type trigger struct {
	text string
	call func()
	mu   sync.Mutex
	all  bytes.Buffer
}

func (w *trigger) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.Contains(string(p), w.text) {
		w.call()
	}
	return w.all.Write(p)
}

func TestRun_interrupted_prints_the_state_of_the_run(t *testing.T) {
	t.Parallel()
	args := blueprintFile(t, `{"id":"b","nodes":[{"id":"a","uses":"fail","config":{"maxRetries":2,"retryDelay":3600000}}]}`)
	ctx, cancel := context.WithCancelCause(t.Context())
	var stdout bytes.Buffer
	stderr := &trigger{text: "node retrying", call: func() { cancel(errors.New("interrupt signal received")) }}
	code := run(ctx, append([]string{"run", "--real-time"}, args...), &output{stdout: &stdout, stderr: stderr})
	p := printed{code, stdout.String(), stderr.all.String()}
	report := p.report(t)
	if code != exitFailed || report.Status != flow.Running || report.Nodes[0].State != flow.TaskRetrying {
		t.Errorf("exit %d with %s, want 1 and a run with a retrying node", code, p.stdout)
	}
	if want := "run " + report.RunID + " was interrupted and is running: interrupt signal received\n"; !strings.HasSuffix(p.stderr, want) {
		t.Errorf("stderr = %s, want at its end %s", p.stderr, want)
	}
}

func TestRun_before_it_began_is_interrupted_too(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupt signal received"))
	if p := flowctlRun(ctx, blueprintFile(t, onePass)...); p.code != exitFailed || !strings.Contains(p.stderr, "interrupt signal received") {
		t.Errorf("exit %d, stderr %s, want 1", p.code, p.stderr)
	}
}
