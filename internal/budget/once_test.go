package budget

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// onceRegistry has code that writes a large context key, reads it by name and by its
// inputs, and passes its input on.
var onceRegistry = flow.Registry{
	"write": flow.TaskFunc(func(_ context.Context, task *flow.Task, _ json.RawMessage) (flow.Result, error) {
		return flow.Result{Output: 1}, task.Set("big", strings.Repeat("x", 1_500_000))
	}),
	"length": flow.Func(func(_ context.Context, in string) (int, error) { return len(in), nil }),
	"ask": flow.TaskFunc(func(ctx context.Context, task *flow.Task, _ json.RawMessage) (flow.Result, error) {
		var count int
		for range 5 {
			if _, err := task.Get(ctx, "small", &count); err != nil {
				return flow.Result{}, err
			}
		}
		return flow.Result{Output: count}, task.Set("small", 1)
	}),
	"large": flow.Func(func(context.Context, json.RawMessage) (string, error) { return strings.Repeat("y", 1_500_000), nil }),
	"pass":  flow.Func(func(_ context.Context, in string) (string, error) { return in, nil }),
}

// after returns a chain of one node and n others.
func after(first, code string, n int, inputs flow.Inputs) *flow.Blueprint {
	b := chain(n+1, code)
	b.ID = fmt.Sprint(code, "-", n)
	b.Nodes[0].Uses = first
	for i := range b.Nodes[1:] {
		b.Nodes[i+1].Inputs = inputs
	}
	return b
}

// TestValuesAreReadAndWrittenOnce checks that one more node that uses a large value
// reads and writes nothing of it again.
func TestValuesAreReadAndWrittenOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		of       func(n int) *flow.Blueprint
		requests float64 // of one more node, at most
	}{
		"a large context key that each node reads": {func(n int) *flow.Blueprint { return after("write", "length", n, flow.Inputs{Name: "big"}) }, 3},
		"a large output that each node passes on":  {func(n int) *flow.Blueprint { return after("large", "pass", n, flow.Inputs{}) }, 1},
		"a context key that code reads five times": {func(n int) *flow.Blueprint { return after("ask", "ask", n, flow.Inputs{}) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			few, many := measure(t, tc.of(4), 1), measure(t, tc.of(12), 1)
			requests, read, written := float64(many.dynamo-few.dynamo)/8, float64(many.bytesRead-few.bytesRead)/8, (many.writes-few.writes)/8
			t.Logf("one more node: %.2f requests, %.0f bytes read, %.1f write units", requests, read, written)
			if requests > tc.requests || read > 5_000 || written > 10 {
				t.Errorf("one more node costs %.2f requests, %.0f bytes read and %.1f write units, want at most %.0f, 5,000 and 10", requests, read, written, tc.requests)
			}
		})
	}
}
