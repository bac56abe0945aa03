package suites

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// Nodes with several attempts.
var retryCases = []engineCase{
	{
		name: "retries, then success",
		blueprint: `{"id":"retry","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"flaky","params":{"failures":2},"config":{"maxRetries":3,"retryDelay":1000}},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		want: ending{result: `3`, outputs: `{"a":null,"b":3,"c":3}`, states: "a=done b=done/3 c=done"},
	},
	{
		name:      "retries without delay",
		blueprint: `{"id":"nodelay","nodes":[{"id":"a","uses":"flaky","params":{"failures":1},"config":{"maxRetries":2}}]}`,
		want:      ending{result: `2`, outputs: `{"a":2}`, states: "a=done/2"},
	},
	{
		name:      "retries with a growing delay that outlasts leases",
		blueprint: `{"id":"backoff","nodes":[{"id":"a","uses":"flaky","params":{"failures":3},"config":{"maxRetries":4,"retryDelay":50000,"backoff":{"factor":3,"maxDelay":200000,"jitter":true}}}]}`,
		want:      ending{result: `4`, outputs: `{"a":4}`, states: "a=done/4"},
	},
	{
		name: "a retry later than a queue can delay",
		blueprint: `{"id":"timer","nodes":[{"id":"a","uses":"flaky","params":{"failures":1,"after":3600},"config":{"maxRetries":2}},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b"}]}`,
		want: ending{result: `2`, outputs: `{"a":2,"b":2}`, states: "a=done/2 b=done"},
	},
	{
		name: "retries that run out",
		blueprint: `{"id":"exhausted","nodes":[{"id":"a","uses":"flaky","params":{"failures":9,"code":"busy"},"config":{"maxRetries":3,"retryDelay":1}},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b"}]}`,
		want: ending{status: flow.Failed, states: "a=failed/3 b=pending", failed: "a busy 3"},
	},
	{
		name:      "a permanent error is not retried",
		blueprint: `{"id":"permanent","nodes":[{"id":"a","uses":"flaky","params":{"failures":1,"permanent":true},"config":{"maxRetries":3}}]}`,
		want:      ending{status: flow.Failed, states: "a=failed", failed: "a error 1"},
	},
	{
		name:      "retryOn leaves other codes alone",
		blueprint: `{"id":"retryon","nodes":[{"id":"a","uses":"flaky","params":{"failures":1,"code":"stock"},"config":{"maxRetries":3,"retryOn":["busy"],"fallback":"f"}},{"id":"f","uses":"flaky","params":{"failures":1,"code":"busy"},"config":{"maxRetries":3,"retryOn":["busy"]}}]}`,
		want:      ending{result: `2`, outputs: `{"a":2,"f":2}`, states: "a=failed f=done/2"},
	},
	{
		name: "a join that is retried",
		blueprint: `{"id":"joinretry","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"j","uses":"flaky","params":{"failures":1},"config":{"maxRetries":2,"retryDelay":2000}}],
			"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`,
		want: ending{result: `2`, outputs: `{"a":null,"b":null,"j":2}`, states: "a=done b=done j=done/2"},
	},
	{
		name: "code that must not start twice",
		blueprint: `{"id":"once","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"task","config":{"semantics":"at-most-once"}},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		want: ending{result: `{"attempt":1,"key":"/b","node":"b","of":"once"}`,
			outputs: `{"a":null,"b":{"attempt":1,"key":"/b","node":"b","of":"once"},"c":{"attempt":1,"key":"/b","node":"b","of":"once"}}`, states: "a=done b=done c=done"},
		orElse: &ending{status: flow.Failed, outputs: `{"a":null}`, states: "a=done b=failed c=pending", failed: "b worker_died 1"},
	},
	{
		name:      "code that must not start twice in one attempt may be retried",
		blueprint: `{"id":"onceretry","nodes":[{"id":"b","uses":"flaky","params":{"failures":1},"config":{"semantics":"at-most-once","maxRetries":2}}]}`,
		want:      ending{result: `2`, outputs: `{"b":2}`, states: "b=done/2"},
		orElse:    &ending{status: flow.Failed, states: "b=failed|failed/2", failed: "b worker_died 1|b worker_died 2"},
	},
}

// Nodes that fail permanently.
var failureCases = []engineCase{
	{
		name: "a panic",
		blueprint: `{"id":"panic","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"panic"},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		input: `1`,
		want:  ending{status: flow.Failed, outputs: `{"a":1}`, states: "a=done b=failed c=pending", failed: "b panic 1"},
	},
	{
		name:      "code that ends its goroutine",
		blueprint: `{"id":"exit","nodes":[{"id":"a","uses":"exit"}]}`,
		want:      ending{status: flow.Failed, states: "a=failed", failed: "a panic 1"},
	},
	{
		name:      "a timeout",
		blueprint: `{"id":"timeout","nodes":[{"id":"a","uses":"patient","config":{"timeout":1}}]}`,
		want:      ending{status: flow.Failed, states: "a=failed", failed: "a timeout 1"},
	},
	{
		name:      "code that ignores its context is abandoned with its writes",
		blueprint: `{"id":"hang","nodes":[{"id":"a","uses":"hang","config":{"timeout":1,"fallback":"f"}},{"id":"f","uses":"read","params":{"keys":["late"]}}]}`,
		want:      ending{result: `{}`, outputs: `{"a":{},"f":{}}`, states: "a=failed f=done"},
	},
	{
		name: "an output that is too large",
		blueprint: `{"id":"large","nodes":[{"id":"a","uses":"big","config":{"maxRetries":2}},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b"}]}`,
		want: ending{status: flow.Failed, states: "a=failed b=pending", failed: "a value_too_large 1"},
	},
	{
		name: "an edge's value that is too large",
		blueprint: `{"id":"largeedge","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b","transform":"[input, input, input, input]"}]}`,
		input: `"` + long + `"`,
		want:  ending{status: flow.Failed, states: "a=failed b=pending", failed: "a value_too_large 1"},
	},
	{
		name: "a context key that is too large",
		blueprint: `{"id":"largekey","nodes":[{"id":"a","uses":"set","params":{"values":{"k":"[input, input, input, input]"}}},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b"}]}`,
		input: `"` + long + `"`,
		want:  ending{status: flow.Failed, states: "a=failed b=pending", failed: "a value_too_large 1"},
	},
	{
		name:      "an input that does not decode",
		blueprint: `{"id":"decode","nodes":[{"id":"a","uses":"double","config":{"maxRetries":2}}]}`,
		input:     `"five"`,
		want:      ending{status: flow.Failed, states: "a=failed", failed: "a input 1"},
	},
	{
		name:      "the writes of a failed attempt are dropped",
		blueprint: `{"id":"dropped","nodes":[{"id":"a","uses":"write","params":{"set":{"k":1},"fail":true},"config":{"fallback":"f"}},{"id":"f","uses":"read","params":{"keys":["k"]}}]}`,
		want:      ending{result: `{}`, outputs: `{"a":{},"f":{}}`, states: "a=failed f=done"},
	},
	{
		name: "a failure ends the run, regardless of its siblings",
		blueprint: `{"id":"siblings","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"fail"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"c","target":"d"},{"source":"d","target":"j"},{"source":"b","target":"j"}]}`,
		want: ending{status: flow.Failed, outputs: `{"a":null}`, states: "a=done b=failed c=pending|done d=pending|done j=pending", failed: "b error 1"},
	},
}

const long = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" +
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" +
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" +
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" +
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
