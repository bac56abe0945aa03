package flowtest

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// Which edges a result takes.
var routeCases = []engineCase{
	{
		name: "the result's action chooses",
		blueprint: `{"id":"action","nodes":[{"id":"a","uses":"pass","params":{"action":"yes"}},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"b","action":"yes"},{"source":"a","target":"c","action":"no"},{"source":"a","target":"d"}]}`,
		input: `1`,
		want:  ending{result: `{"b":1}`, outputs: `{"a":1,"b":1}`, states: "a=done b=done c=skipped d=skipped"},
	},
	{
		name: "an action that no edge has takes the edges without",
		blueprint: `{"id":"fallthrough","nodes":[{"id":"a","uses":"pass","params":{"action":"maybe"}},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"double"}],
			"edges":[{"source":"a","target":"b","action":"yes"},{"source":"a","target":"c"},{"source":"a","target":"d"}]}`,
		input: `1`,
		want:  ending{result: `{"c":1,"d":2}`, outputs: `{"a":1,"c":1,"d":2}`, states: "a=done b=skipped c=done d=done"},
	},
	{
		name: "an action's edge whose condition fails leaves the edges without",
		blueprint: `{"id":"both","nodes":[{"id":"a","uses":"pass","params":{"action":"yes"}},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"b","action":"yes","condition":"result.output > 5"},{"source":"a","target":"c","condition":"result.action === 'yes'"},{"source":"a","target":"d","condition":"result.output > 5"}]}`,
		input: `1`,
		want:  ending{result: `{"c":1}`, outputs: `{"a":1,"c":1}`, states: "a=done b=skipped c=done d=skipped"},
	},
	{
		name: "an action's edge whose condition holds",
		blueprint: `{"id":"bothhold","nodes":[{"id":"a","uses":"pass","params":{"action":"yes"}},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"b","action":"yes","condition":"result.output > 5"},{"source":"a","target":"c"}]}`,
		input: `6`,
		want:  ending{result: `{"b":6}`, outputs: `{"a":6,"b":6}`, states: "a=done b=done c=skipped"},
	},
	{
		name: "several conditions may hold",
		blueprint: `{"id":"several","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"b","condition":"result.output.n > 1"},{"source":"a","target":"c","condition":"input.n >= 2"},{"source":"a","target":"d","condition":"input.missing"}]}`,
		input: `{"n":2}`,
		want: ending{result: `{"b":{"n":2},"c":{"n":2}}`, outputs: `{"a":{"n":2},"b":{"n":2},"c":{"n":2}}`,
			states: "a=done b=done c=done d=skipped"},
	},
	{
		name: "when nothing matches the branch ends",
		blueprint: `{"id":"nothing","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c","condition":"result.output > 5"},{"source":"a","target":"d"}]}`,
		input: `1`,
		want:  ending{result: `{"d":1}`, outputs: `{"a":1,"b":1,"d":1}`, states: "a=done b=done c=skipped d=done"},
	},
	{
		name: "conditions see outputs, context keys, the run and its input",
		blueprint: `{"id":"scope","nodes":[{"id":"a","uses":"pass","params":{"output":{"total":7}}},{"id":"b","uses":"set","params":{"values":{"limit":"6"}}},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"},{"id":"e","uses":"pass"},{"id":"f","uses":"pass"},{"id":"g","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c","condition":"a.total > limit"},{"source":"b","target":"d","condition":"outputs.a.total === 7 && context.limit == 6"},
			{"source":"b","target":"e","condition":"run.input.tier === 'gold' && tier === 'gold' && run.id.length > 0"},{"source":"b","target":"f","condition":"c"},{"source":"b","target":"g","condition":"outputs['a'].total < limit"}]}`,
		input: `{"tier":"gold"}`,
		want: ending{result: `{"c":{"total":7},"d":{"total":7},"e":{"total":7}}`, outputs: `{"a":{"total":7},"b":{"total":7},"c":{"total":7},"d":{"total":7},"e":{"total":7}}`,
			states: "a=done b=done c=done d=done e=done f=skipped g=skipped"},
	},
	{
		name: "a condition that cannot be evaluated fails its node",
		blueprint: `{"id":"badcondition","nodes":[{"id":"a","uses":"pass","config":{"maxRetries":3}},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b","condition":"input.includes(1)"}]}`,
		input: `5`,
		want:  ending{status: flow.Failed, states: "a=failed b=pending", failed: "a expression 1"},
	},
	{
		name: "a transform without JSON fails its node",
		blueprint: `{"id":"badtransform","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b","transform":"input / 0"}]}`,
		input: `5`,
		want:  ending{status: flow.Failed, states: "a=failed b=pending", failed: "a expression 1"},
	},
}

// Nodes that stand in for failed ones.
var fallbackCases = []engineCase{
	{
		name: "a used fallback feeds the successors",
		blueprint: `{"id":"fallback","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"fail","params":{"message":"no stock","code":"stock"},"config":{"fallback":"f"}},{"id":"f","uses":"double"},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c","condition":"result.output == 6"}]}`,
		input: `3`,
		want: ending{result: `6`, outputs: `{"a":3,"b":6,"f":6,"c":6}`,
			states: "a=done b=failed f=done c=done"},
	},
	{
		name: "a fallback sees what it stands in for, and nobody else does",
		blueprint: `{"id":"caught","nodes":[{"id":"b","uses":"fail","params":{"message":"no stock","code":"stock"},"config":{"fallback":"f"}},{"id":"f","uses":"read","params":{"keys":["_catch_error"]}},{"id":"c","uses":"read","params":{"keys":["_catch_error"]}},{"id":"d","uses":"pass","inputs":"_catch_error"}],
			"edges":[{"source":"b","target":"c"},{"source":"c","target":"d"}]}`,
		want: ending{outputs: `{"b":{"_catch_error":{"message":"no stock","code":"stock","nodeId":"b","blueprintId":"caught","attempt":1}},
			"f":{"_catch_error":{"message":"no stock","code":"stock","nodeId":"b","blueprintId":"caught","attempt":1}},"c":{},"d":null}`,
			states: "b=failed f=done c=done d=done"},
	},
	{
		name: "an unused fallback is skipped, and what only it leads to",
		blueprint: `{"id":"unused","nodes":[{"id":"a","uses":"pass","config":{"fallback":"f"}},{"id":"f","uses":"pass"},{"id":"b","uses":"pass"},{"id":"g","uses":"pass"},{"id":"h","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"f","target":"g"},{"source":"g","target":"h"},{"source":"b","target":"h"}]}`,
		input: `1`,
		want:  ending{result: `{"b":1}`, outputs: `{"a":1,"b":1,"h":{"b":1}}`, states: "a=done f=skipped b=done g=skipped h=done"},
	},
	{
		name: "a fallback's own edges are decided with those of its node",
		blueprint: `{"id":"ownedges","nodes":[{"id":"a","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"pass","params":{"output":2,"action":"go"}},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"g","uses":"double"},{"id":"h","uses":"pass"}],
			"edges":[{"source":"a","target":"b","action":"go"},{"source":"a","target":"c"},{"source":"f","target":"g","condition":"result.output == 2"},{"source":"f","target":"h","condition":"result.output == 3"}]}`,
		want: ending{result: `{"b":2,"g":4}`, outputs: `{"a":2,"f":2,"b":2,"g":4}`,
			states: "a=failed f=done b=done c=skipped g=done h=skipped"},
	},
	{
		name: "a fallback of a fallback",
		blueprint: `{"id":"chained","nodes":[{"id":"a","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"fail","config":{"fallback":"g"}},{"id":"g","uses":"pass"},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b"}]}`,
		input: `"in"`,
		want:  ending{result: `"in"`, outputs: `{"a":"in","f":"in","g":"in","b":"in"}`, states: "a=failed f=failed g=done b=done"},
	},
	{
		name: "a fallback that fails fails the run",
		blueprint: `{"id":"failing","nodes":[{"id":"a","uses":"fail","params":{"code":"first"},"config":{"fallback":"f"}},{"id":"f","uses":"fail","params":{"code":"second"}},{"id":"b","uses":"pass"}],
			"edges":[{"source":"a","target":"b"}]}`,
		want: ending{status: flow.Failed, states: "a=failed f=failed b=pending", failed: "f second 1"},
	},
	{
		name: "at a join a fallback counts under the failed node",
		blueprint: `{"id":"fallbackjoin","nodes":[{"id":"a","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"pass","params":{"output":"f"}},{"id":"b","uses":"pass"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`,
		input: `1`,
		want:  ending{result: `{"a":"f","b":1}`, outputs: `{"a":"f","f":"f","b":1,"j":{"a":"f","b":1}}`, states: "a=failed f=done b=done j=done"},
	},
	{
		name: "a fallback with an edge into its node's join is a source of its own",
		blueprint: `{"id":"ownjoin","nodes":[{"id":"a","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"pass","params":{"output":"f"}},{"id":"j","uses":"pass"}],
			"edges":[{"source":"a","target":"j"},{"source":"f","target":"j"}]}`,
		want: ending{result: `{"a":"f","f":"f"}`, outputs: `{"a":"f","f":"f","j":{"a":"f","f":"f"}}`, states: "a=failed f=done j=done"},
	},
	{
		name: "at an any join a fallback's value is the failed node's",
		blueprint: `{"id":"fallbackany","nodes":[{"id":"a","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"pass","params":{"output":"f"}},{"id":"b","uses":"pass"},{"id":"j","uses":"pass","config":{"joinStrategy":"any"}}],
			"edges":[{"source":"a","target":"j"},{"source":"b","target":"j","condition":"false"}]}`,
		want: ending{result: `"f"`, outputs: `{"a":"f","f":"f","b":null,"j":"f"}`, states: "a=failed f=done b=done j=done"},
	},
	{
		name: "the fallback of a sink makes the result",
		blueprint: `{"id":"sink","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"panic","config":{"fallback":"f"}},{"id":"f","uses":"double"}],
			"edges":[{"source":"a","target":"b"}]}`,
		input: `4`,
		want:  ending{result: `8`, outputs: `{"a":4,"b":8,"f":8}`, states: "a=done b=failed f=done"},
	},
	{
		name: "a used fallback hides no other failure",
		blueprint: `{"id":"hides","nodes":[{"id":"a","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"pass"},{"id":"b","uses":"fail","params":{"code":"other"}}],
			"edges":[{"source":"f","target":"b"}]}`,
		want: ending{status: flow.Failed, outputs: `{"a":null,"f":null}`, states: "a=failed f=done b=failed", failed: "b other 1"},
	},
	{
		name: "a skipped node takes its fallback along",
		blueprint: `{"id":"skippedboth","nodes":[{"id":"s","uses":"pass"},{"id":"a","uses":"fail","config":{"fallback":"f"}},{"id":"f","uses":"pass"},{"id":"b","uses":"pass"},{"id":"j","uses":"pass"}],
			"edges":[{"source":"s","target":"a","condition":"false"},{"source":"f","target":"b"},{"source":"b","target":"j"},{"source":"s","target":"j"}]}`,
		input: `1`,
		want:  ending{result: `{"j":{"s":1}}`, outputs: `{"s":1,"j":{"s":1}}`, states: "s=done a=skipped f=skipped b=skipped j=done"},
	},
	{
		name: "a fallback has its failed node's input, or inputs of its own",
		blueprint: `{"id":"fallbackinput","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"fail","inputs":{"v":"a.x"},"config":{"fallback":"f"}},{"id":"f","uses":"pass"},{"id":"c","uses":"fail","config":{"fallback":"g"}},{"id":"g","uses":"pass","inputs":"a.y"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}`,
		input: `{"x":1,"y":2}`,
		want: ending{result: `{"b":{"v":1},"c":2}`, outputs: `{"a":{"x":1,"y":2},"b":{"v":1},"f":{"v":1},"c":2,"g":2}`,
			states: "a=done b=failed f=done c=failed g=done"},
	},
}
