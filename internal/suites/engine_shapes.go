package suites

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// engineCases returns all cases; each is named after the fact that it proves.
func engineCases() []engineCase {
	return slices.Concat(shapeCases, anyJoinCases, routeCases, fallbackCases, retryCases, failureCases, inputCases, contextCases, valueCases)
}

// The shapes of graphs, with every edge taken or dead.
var shapeCases = []engineCase{
	{
		name:      "a single node",
		blueprint: `{"id":"one","nodes":[{"id":"a","uses":"pass","params":{"output":7}}]}`,
		want:      ending{result: `7`, outputs: `{"a":7}`, states: "a=done"},
	},
	{
		name: "a chain",
		blueprint: `{"id":"chain","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"double"},{"id":"c","uses":"double"},{"id":"d","uses":"double"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"d"}]}`,
		input: `5`,
		want:  ending{result: `40`, outputs: `{"a":5,"b":10,"c":20,"d":40}`, states: "a=done b=done c=done d=done"},
	},
	{
		name: "fan out and in",
		blueprint: `{"id":"fan","nodes":[{"id":"a","uses":"pass"},{"id":"b1","uses":"double"},{"id":"b2","uses":"pass"},{"id":"b3","uses":"pass","params":{"output":"x"}},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"b1"},{"source":"a","target":"b2"},{"source":"a","target":"b3"},{"source":"b1","target":"j"},{"source":"b2","target":"j"},{"source":"b3","target":"j"}]}`,
		input: `1`,
		want: ending{result: `{"b1":2,"b2":1,"b3":"x"}`, outputs: `{"a":1,"b1":2,"b2":1,"b3":"x","j":{"b1":2,"b2":1,"b3":"x"}}`,
			states: "a=done b1=done b2=done b3=done j=done"},
	},
	{
		name: "a fork after a join",
		blueprint: `{"id":"ladder","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"j","uses":"pass","params":{"output":1}},
			{"id":"d","uses":"pass"},{"id":"e","uses":"double"},{"id":"k","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"b","target":"j"},{"source":"c","target":"j"},
			{"source":"j","target":"d"},{"source":"j","target":"e"},{"source":"d","target":"k"},{"source":"e","target":"k"}]}`,
		want: ending{result: `{"d":1,"e":2}`, outputs: `{"a":null,"b":null,"c":null,"j":1,"d":1,"e":2,"k":{"d":1,"e":2}}`,
			states: "a=done b=done c=done j=done d=done e=done k=done"},
	},
	{
		name: "two starts meet in a join",
		blueprint: `{"id":"starts","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"double"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`,
		input: `3`,
		want:  ending{result: `{"a":3,"b":6}`, outputs: `{"a":3,"b":6,"j":{"a":3,"b":6}}`, states: "a=done b=done j=done"},
	},
	{
		name: "branches of different length meet in a join",
		blueprint: `{"id":"uneven","nodes":[{"id":"a","uses":"pass","params":{"output":1}},{"id":"b","uses":"double"},{"id":"c","uses":"double"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"j"},{"source":"a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"j"}]}`,
		want: ending{result: `{"a":1,"c":4}`, outputs: `{"a":1,"b":2,"c":4,"j":{"a":1,"c":4}}`, states: "a=done b=done c=done j=done"},
	},
	{
		name: "several sinks make an object",
		blueprint: `{"id":"sinks","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"double"},{"id":"c","uses":"none"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}`,
		input: `2`,
		want:  ending{result: `{"b":4,"c":null}`, outputs: `{"a":2,"b":4}`, states: "a=done b=done c=done"},
	},
	{
		name: "of several sinks the taken ones",
		blueprint: `{"id":"taken","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"double"}],
			"edges":[{"source":"a","target":"b","condition":"result.output > 5"},{"source":"b","target":"c"},{"source":"a","target":"d"}]}`,
		input: `2`,
		want:  ending{result: `{"d":4}`, outputs: `{"a":2,"d":4}`, states: "a=done b=skipped c=skipped d=done"},
	},
	{
		name: "a single sink that is not taken",
		blueprint: `{"id":"untaken","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b","condition":"false"}]}`,
		input: `2`,
		want:  ending{outputs: `{"a":2}`, states: "a=done b=skipped"},
	},
	{
		name: "no sink taken of several",
		blueprint: `{"id":"nosink","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"b","condition":"input < 0"},{"source":"a","target":"c","action":"other"}]}`,
		input: `2`,
		want:  ending{outputs: `{"a":2}`, states: "a=done b=skipped c=skipped"},
	},
	{
		name: "exclusive branches meet in an all join",
		blueprint: `{"id":"exclusive","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"double"},{"id":"c","uses":"pass"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"b","condition":"result.output > 1"},{"source":"a","target":"c","condition":"result.output <= 1"},{"source":"b","target":"j"},{"source":"c","target":"j"}]}`,
		input: `2`,
		want:  ending{result: `{"b":4}`, outputs: `{"a":2,"b":4,"j":{"b":4}}`, states: "a=done b=done c=skipped j=done"},
	},
	{
		name: "a join of dead branches is skipped, with its successors",
		blueprint: `{"id":"dead","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"j","uses":"pass"},{"id":"k","uses":"pass"},{"id":"l","uses":"pass"}],
			"edges":[{"source":"a","target":"b","action":"x"},{"source":"a","target":"c","action":"y"},{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"j","target":"k"},
			{"source":"a","target":"l"},{"source":"k","target":"l"}]}`,
		input: `1`,
		want:  ending{result: `{"a":1}`, outputs: `{"a":1,"l":{"a":1}}`, states: "a=done b=skipped c=skipped j=skipped k=skipped l=done"},
	},
	{
		name: "a dead branch reaches a join over several nodes",
		blueprint: `{"id":"deadway","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"b","condition":"false"},{"source":"b","target":"c"},{"source":"c","target":"j"},{"source":"a","target":"d"},{"source":"d","target":"j"}]}`,
		input: `1`,
		want:  ending{result: `{"d":1}`, outputs: `{"a":1,"d":1,"j":{"d":1}}`, states: "a=done b=skipped c=skipped d=done j=done"},
	},
	{
		name: "two edges to the same node, both taken",
		blueprint: `{"id":"twice","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b","transform":"input + 1"},{"source":"a","target":"b","transform":"input + 2"}]}`,
		input: `1`,
		want:  ending{result: `3`, outputs: `{"a":1,"b":3}`, states: "a=done b=done"},
	},
	{
		name: "two edges to the same node, one taken",
		blueprint: `{"id":"oneoftwo","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b","transform":"input + 1"},{"source":"a","target":"b","condition":"false","transform":"input + 2"}]}`,
		input: `1`,
		want:  ending{result: `2`, outputs: `{"a":1,"b":2}`, states: "a=done b=done"},
	},
	{
		name: "two edges of one source into a join count once",
		blueprint: `{"id":"twiceinto","nodes":[{"id":"a","uses":"pass","params":{"action":"x"}},{"id":"b","uses":"pass"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"j","action":"x","transform":"'x'"},{"source":"a","target":"j","action":"y","transform":"'y'"},{"source":"b","target":"j"}]}`,
		input: `1`,
		want:  ending{result: `{"a":"x","b":1}`, outputs: `{"a":1,"b":1,"j":{"a":"x","b":1}}`, states: "a=done b=done j=done"},
	},
}

// Joins that are fired by the first taken edge.
var anyJoinCases = []engineCase{
	{
		name: "an any join of three runs once",
		blueprint: `{"id":"any3","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"},{"id":"j","uses":"double","config":{"joinStrategy":"any"}},{"id":"k","uses":"double"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"a","target":"d"},{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"d","target":"j"},{"source":"j","target":"k"}]}`,
		input: `1`,
		want: ending{result: `4`, outputs: `{"a":1,"b":1,"c":1,"d":1,"j":2,"k":4}`,
			states: "a=done b=done c=done d=done j=done k=done"},
	},
	{
		name: "the run waits for the stragglers of an any join",
		blueprint: `{"id":"straggler","nodes":[{"id":"a","uses":"pass"},{"id":"s1","uses":"flaky","params":{"failures":1},"config":{"maxRetries":2,"retryDelay":60000}},{"id":"s2","uses":"pass","params":{"output":1}},{"id":"j","uses":"pass","config":{"joinStrategy":"any"}}],
			"edges":[{"source":"a","target":"j"},{"source":"s1","target":"s2"},{"source":"s2","target":"j"}]}`,
		input: `1`,
		want:  ending{result: `1`, outputs: `{"a":1,"s1":2,"s2":1,"j":1}`, states: "a=done s1=done/2 s2=done j=done"},
	},
	{
		name: "a straggler that fails ends the run, though its any join has run",
		blueprint: `{"id":"failedstraggler","nodes":[{"id":"a","uses":"pass"},{"id":"s1","uses":"fail","config":{"maxRetries":2,"retryDelay":600000}},{"id":"s2","uses":"pass"},{"id":"j","uses":"pass","config":{"joinStrategy":"any"}},{"id":"k","uses":"pass"}],
			"edges":[{"source":"a","target":"j"},{"source":"s1","target":"j"},{"source":"s2","target":"j"},{"source":"j","target":"k"}]}`,
		want: ending{status: flow.Failed, outputs: `{"a":null,"s2":null,"j":null,"k":null}`, states: "a=done s1=failed/2 s2=done j=done k=done", failed: "s1 error 2"},
	},
	{
		name: "an any join after exclusive branches",
		blueprint: `{"id":"anyone","nodes":[{"id":"a","uses":"pass","params":{"action":"c"}},{"id":"b","uses":"pass"},{"id":"c","uses":"double"},{"id":"j","uses":"pass","config":{"joinStrategy":"any"}}],
			"edges":[{"source":"a","target":"b","action":"b"},{"source":"a","target":"c","action":"c"},{"source":"b","target":"j"},{"source":"c","target":"j"}]}`,
		input: `2`,
		want:  ending{result: `4`, outputs: `{"a":2,"c":4,"j":4}`, states: "a=done b=skipped c=done j=done"},
	},
	{
		name: "an any join of dead branches is skipped",
		blueprint: `{"id":"anydead","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"j","uses":"pass","config":{"joinStrategy":"any"}},{"id":"k","uses":"pass"}],
			"edges":[{"source":"a","target":"b","action":"b"},{"source":"a","target":"c","action":"c"},{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"j","target":"k"}]}`,
		input: `2`,
		want:  ending{outputs: `{"a":2}`, states: "a=done b=skipped c=skipped j=skipped k=skipped"},
	},
	{
		name: "an any join has the value that fired it, also when it is retried",
		blueprint: `{"id":"anyinput","nodes":[{"id":"a","uses":"pass","params":{"output":"a"}},{"id":"b","uses":"pass","params":{"output":"b"}},{"id":"j","uses":"flaky","params":{"failures":1,"echo":true},"config":{"joinStrategy":"any","maxRetries":2,"retryDelay":1000}}],
			"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`,
		want:   ending{result: `"a"`, outputs: `{"a":"a","b":"b","j":"a"}`, states: "a=done b=done j=done/2"},
		orElse: &ending{result: `"b"`, outputs: `{"a":"a","b":"b","j":"b"}`, states: "a=done b=done j=done/2"},
	},
}
