package wire_test

import (
	"context"
	"errors"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// testCase is a blueprint, and the expected result of its run without any fault.
type testCase struct {
	name      string
	blueprint string
	input     string
	status    flow.Status // "" is completed
	result    string      // "" is not looked at
	states    string      // of the nodes, in their order
	// once is the at-most-once node. If the network fails for longer than the
	// retries last, it may be given up, since it is unknown whether it started.
	once string
}

var testCases = []testCase{
	{
		name: "chain",
		blueprint: `{"id":"chain","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"add"},{"id":"c","uses":"add"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		input: `1`, result: `4`, states: "done done done",
	},
	{
		name: "fan-out and join",
		blueprint: `{"id":"fan","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"add"},{"id":"c","uses":"add"},{"id":"d","uses":"add"},{"id":"j","uses":"sum"},{"id":"k","uses":"add"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"a","target":"d"},{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"d","target":"j"},{"source":"j","target":"k"}]}`,
		input: `1`, result: `10`, states: "done done done done done done",
	},
	{
		name: "any join",
		blueprint: `{"id":"any","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"add"},{"id":"c","uses":"add"},{"id":"j","uses":"add","config":{"joinStrategy":"any"}},{"id":"k","uses":"add"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"j","target":"k"}]}`,
		input: `1`, result: `5`, states: "done done done done done",
	},
	{
		name: "choice, and a join behind it",
		blueprint: `{"id":"choice","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"add"},{"id":"c","uses":"add"},{"id":"d","uses":"add"},{"id":"j","uses":"sum"}],
			"edges":[{"source":"a","target":"b","condition":"result.output > 1"},{"source":"a","target":"c","condition":"result.output <= 1"},{"source":"c","target":"d"},{"source":"b","target":"j"},{"source":"d","target":"j"}]}`,
		input: `1`, result: `3`, states: "done done skipped skipped done",
	},
	{
		name: "choice between exclusive branches before an any join",
		blueprint: `{"id":"exclusive","nodes":[{"id":"a","uses":"pass","params":{"action":"c"}},{"id":"b","uses":"add"},{"id":"c","uses":"add"},{"id":"j","uses":"add","config":{"joinStrategy":"any"}}],
			"edges":[{"source":"a","target":"b","action":"b"},{"source":"a","target":"c","action":"c"},{"source":"b","target":"j"},{"source":"c","target":"j"}]}`,
		input: `2`, result: `4`, states: "done skipped done done",
	},
	{
		name: "fallback",
		blueprint: `{"id":"fallback","nodes":[{"id":"a","uses":"fail","params":{"message":"no"},"config":{"fallback":"f"}},{"id":"f","uses":"add"},{"id":"b","uses":"add"}],
			"edges":[{"source":"a","target":"b"}]}`,
		input: `1`, result: `3`, states: "failed done done",
	},
	{
		name: "unused fallback",
		blueprint: `{"id":"unused","nodes":[{"id":"a","uses":"add","config":{"fallback":"f"}},{"id":"f","uses":"add"},{"id":"b","uses":"add"}],
			"edges":[{"source":"a","target":"b"}]}`,
		input: `1`, result: `3`, states: "done skipped done",
	},
	{
		name: "retry",
		blueprint: `{"id":"retry","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"flaky","config":{"maxRetries":3,"retryDelay":1000}},{"id":"c","uses":"add"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		input: `1`, result: `4`, states: "done done done",
	},
	{
		name: "retry over a timer",
		blueprint: `{"id":"timer","nodes":[{"id":"b","uses":"flaky","config":{"maxRetries":2,"retryDelay":1200000}},{"id":"c","uses":"add"}],
			"edges":[{"source":"b","target":"c"}]}`,
		input: `1`, result: `3`, states: "done done",
	},
	{
		name: "permanent failure beside another branch",
		blueprint: `{"id":"failure","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"fail","params":{"message":"no"}},{"id":"c","uses":"add"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		input: `1`, status: flow.Failed, states: "done failed pending",
	},
	{
		name: "context writes",
		blueprint: `{"id":"context","nodes":[{"id":"a","uses":"count"},{"id":"b","uses":"count"},{"id":"c","uses":"count"},{"id":"d","uses":"pass","inputs":"count"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"c","target":"d"}]}`,
		input: `{"x":1}`, result: `{"b":1,"d":2}`, states: "done done done done",
	},
	{
		name: "large values",
		blueprint: `{"id":"large","nodes":[{"id":"a","uses":"large"},{"id":"b","uses":"keep"},{"id":"c","uses":"pass","inputs":"kept"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		states: "done done done",
	},
	{
		name: "several sinks",
		blueprint: `{"id":"sinks","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"add"},{"id":"c","uses":"add"},{"id":"d","uses":"add"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"a","target":"d","condition":"false"}]}`,
		input: `1`, result: `{"b":3,"c":3}`, states: "done done done skipped",
	},
	{
		name:      "several starts",
		blueprint: `{"id":"starts","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"add"},{"id":"j","uses":"sum"}],"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`,
		input:     `1`, result: `4`, states: "done done done",
	},
	{
		name: "at most once",
		blueprint: `{"id":"once","nodes":[{"id":"a","uses":"add"},{"id":"b","uses":"add","config":{"semantics":"at-most-once"}},{"id":"c","uses":"add"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		input: `1`, result: `4`, states: "done done done", once: "b",
	},
}

// registry is the code of the cases.
var registry = flow.Registry{
	"add": flow.Func(func(_ context.Context, n int) (int, error) { return n + 1, nil }),
	"sum": flow.Func(func(_ context.Context, numbers map[string]int) (int, error) {
		sum := 0
		for _, n := range numbers {
			sum += n
		}
		return sum, nil
	}),
	"flaky": flow.TaskFunc(func(_ context.Context, task *flow.Task, n int) (flow.Result, error) {
		if task.Attempt == 1 {
			return flow.Result{}, errors.New("busy")
		}
		return flow.Result{Output: n + 1}, nil
	}),
	"count": flow.TaskFunc(func(ctx context.Context, task *flow.Task, _ any) (flow.Result, error) {
		var count int
		if _, err := task.Get(ctx, "count/"+task.NodeID, &count); err != nil {
			return flow.Result{}, err
		}
		err := errors.Join(task.Set("count/"+task.NodeID, count+1), task.Delete("x"))
		if task.NodeID == "c" {
			err = errors.Join(err, task.Set("count", 2))
		}
		return flow.Result{Output: count + 1}, err
	}),
	"large": flow.TaskFunc(func(_ context.Context, task *flow.Task, _ any) (flow.Result, error) {
		return flow.Result{Output: strings.Repeat("x", 101_000)}, nil
	}),
	"keep": flow.TaskFunc(func(_ context.Context, task *flow.Task, value string) (flow.Result, error) {
		return flow.Result{Output: len(value)}, task.Set("kept", value)
	}),
}
