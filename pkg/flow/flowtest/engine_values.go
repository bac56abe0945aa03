package flowtest

// Where a node's input comes from.
var inputCases = []engineCase{
	{
		name: "inputs name outputs, paths and context keys",
		blueprint: `{"id":"inputs","nodes":[{"id":"a","uses":"pass"},{"id":"s","uses":"set","params":{"values":{"k":"{deep: [10, 20]}","a":"'hidden by the node'","_k":"'own'"}}},
			{"id":"string","uses":"pass","inputs":"a.list.1.x"},{"id":"key","uses":"pass","inputs":"k.deep.0"},{"id":"missing","uses":"pass","inputs":"a.no.such"},
			{"id":"object","uses":"pass","inputs":{"whole":"a","path":"a.list","key":"k","none":"nowhere","under":"_k","underpath":"_nothing.x","input":"list"}}],
			"edges":[{"source":"a","target":"s"},{"source":"s","target":"string"},{"source":"s","target":"key"},{"source":"s","target":"missing"},{"source":"s","target":"object"}]}`,
		input: `{"list":[1,{"x":2}]}`,
		want: ending{
			result: `{"string":2,"key":10,"missing":null,"object":{"input":[1,{"x":2}],"key":{"deep":[10,20]},"none":null,"path":[1,{"x":2}],"under":"own","underpath":null,"whole":{"list":[1,{"x":2}]}}}`,
			outputs: `{"a":{"list":[1,{"x":2}]},"s":{"list":[1,{"x":2}]},"string":2,"key":10,"missing":null,
				"object":{"input":[1,{"x":2}],"key":{"deep":[10,20]},"none":null,"path":[1,{"x":2}],"under":"own","underpath":null,"whole":{"list":[1,{"x":2}]}}}`,
			states: "a=done s=done string=done key=done missing=done object=done"},
	},
	{
		name: "a leading underscore names a context key only",
		blueprint: `{"id":"underscore","nodes":[{"id":"_a","uses":"pass","params":{"output":"node"}},{"id":"b","uses":"pass","inputs":"_a"},{"id":"c","uses":"set","params":{"values":{"_a":"'key'"}}},{"id":"d","uses":"pass","inputs":"_a"}],
			"edges":[{"source":"_a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"d"}]}`,
		want: ending{result: `"key"`, outputs: `{"_a":"node","b":null,"c":null,"d":"key"}`, states: "_a=done b=done c=done d=done"},
	},
	{
		name: "inputs name outputs by their keys in the context too",
		blueprint: `{"id":"outputkeys","nodes":[{"id":"a","uses":"pass","params":{"output":{"v":1}}},{"id":"b","uses":"pass","inputs":"_outputs.a"},{"id":"c","uses":"pass","inputs":{"whole":"_outputs.b","path":"_outputs.b.v","none":"_outputs.c"}}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		want: ending{result: `{"whole":{"v":1},"path":1,"none":null}`, outputs: `{"a":{"v":1},"b":{"v":1},"c":{"whole":{"v":1},"path":1,"none":null}}`, states: "a=done b=done c=done"},
	},
	{
		name: "dotted node ids are tried whole, then the longest",
		blueprint: `{"id":"dotted","nodes":[{"id":"a","uses":"pass","params":{"output":{"b":{"c":"path"}}}},{"id":"a.b","uses":"pass","params":{"output":{"c":"longest"}}},{"id":"a.b.c.d","uses":"pass","params":{"output":"whole"}},
			{"id":"r","uses":"pass","inputs":{"whole":"a.b.c.d","longest":"a.b.c","path":"a.b"}}],
			"edges":[{"source":"a","target":"a.b"},{"source":"a.b","target":"a.b.c.d"},{"source":"a.b.c.d","target":"r"}]}`,
		want: ending{result: `{"longest":"longest","path":{"c":"longest"},"whole":"whole"}`,
			outputs: `{"a":{"b":{"c":"path"}},"a.b":{"c":"longest"},"a.b.c.d":"whole","r":{"longest":"longest","path":{"c":"longest"},"whole":"whole"}}`,
			states:  "a=done a.b=done a.b.c.d=done r=done"},
	},
	{
		name: "an all join has an object, even of one",
		blueprint: `{"id":"allinput","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"none"},{"id":"c","uses":"pass"},{"id":"j","uses":"pass"},{"id":"k","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"a","target":"c","condition":"false"},{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"j","target":"k","transform":"{x: input}"}]}`,
		want: ending{result: `{"x":{"b":null}}`, outputs: `{"a":null,"j":{"b":null},"k":{"x":{"b":null}}}`, states: "a=done b=done c=skipped j=done k=done"},
	},
	{
		name: "a transform makes the input",
		blueprint: `{"id":"transform","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],
			"edges":[{"source":"a","target":"b","transform":"input.x * 2"},{"source":"b","target":"c","transform":"{was: input, a: outputs.a.x, key: x}"}]}`,
		input: `{"x":4}`,
		want:  ending{result: `{"a":4,"key":4,"was":8}`, outputs: `{"a":{"x":4},"b":8,"c":{"was":8,"a":4,"key":4}}`, states: "a=done b=done c=done"},
	},
	{
		name: "a transform gets the value that a string inputs names",
		blueprint: `{"id":"named","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","params":{"output":10}},{"id":"c","uses":"pass","inputs":"a.x"},{"id":"d","uses":"pass","inputs":"b"},{"id":"e","uses":"pass","inputs":"a.x"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c","transform":"input + 1"},{"source":"b","target":"d","transform":"input + 1"},{"source":"b","target":"e"}]}`,
		input: `{"x":4}`,
		want: ending{result: `{"c":5,"d":11,"e":4}`, outputs: `{"a":{"x":4},"b":10,"c":5,"d":11,"e":4}`,
			states: "a=done b=done c=done d=done e=done"},
	},
	{
		name: "beside an inputs object a transform is not used",
		blueprint: `{"id":"beside","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","inputs":{"v":"a"}}],
			"edges":[{"source":"a","target":"b","transform":"1 / 0"}]}`,
		input: `4`,
		want:  ending{result: `{"v":4}`, outputs: `{"a":4,"b":{"v":4}}`, states: "a=done b=done"},
	},
	{
		name:      "start nodes have the run's input",
		blueprint: `{"id":"startinput","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","inputs":"x"},{"id":"c","uses":"eval","params":{"expression":"[input.x, run.input.x, x]"}}]}`,
		input:     `{"x":[1]}`,
		want: ending{result: `{"a":{"x":[1]},"b":[1],"c":[[1],[1],[1]]}`, outputs: `{"a":{"x":[1]},"b":[1],"c":[[1],[1],[1]]}`,
			states: "a=done b=done c=done"},
	},
	{
		name:      "a run without input",
		blueprint: `{"id":"noinput","nodes":[{"id":"a","uses":"eval","params":{"expression":"[input, run.input, x]"}}]}`,
		want:      ending{result: `[null,null,null]`, outputs: `{"a":[null,null,null]}`, states: "a=done"},
	},
}

// What nodes leave in the run's context.
var contextCases = []engineCase{
	{
		name: "keys are set, covered and deleted",
		blueprint: `{"id":"keys","nodes":[{"id":"r0","uses":"read","params":{"keys":["x","y","z"]}},{"id":"w","uses":"write","params":{"set":{"x":"written","z":[1]},"delete":["y"]}},{"id":"r1","uses":"read","params":{"keys":["x","y","z"]}},
			{"id":"w2","uses":"write","params":{"set":{"y":null},"delete":["z","x"]}},{"id":"r2","uses":"read","params":{"keys":["x","y","z"]}}],
			"edges":[{"source":"r0","target":"w"},{"source":"w","target":"r1"},{"source":"r1","target":"w2"},{"source":"w2","target":"r2"}]}`,
		input: `{"x":"input","y":"input"}`,
		want: ending{result: `{"y":null}`,
			outputs: `{"r0":{"x":"input","y":"input"},"w":{"x":"input","y":"input"},"r1":{"x":"written","z":[1]},"w2":{"x":"written","z":[1]},"r2":{"y":null}}`,
			states:  "r0=done w=done r1=done w2=done r2=done"},
	},
	{
		name: "an output stands in the context under its node's id, over the input and under what was written",
		blueprint: `{"id":"bare","nodes":[{"id":"a","uses":"pass","params":{"output":{"v":1}}},{"id":"b","uses":"fail","config":{"fallback":"g"}},{"id":"g","uses":"pass","params":{"output":"g"}},
			{"id":"r","uses":"read","params":{"keys":["a","_outputs.a","b","w","none"]}},{"id":"w","uses":"write","params":{"set":{"a":"written","_outputs.none":1}}},{"id":"q","uses":"read","params":{"keys":["a","_outputs.a","w","q"]}},{"id":"none","uses":"none"},{"id":"e","uses":"pass"}],
			"edges":[{"source":"a","target":"b","condition":"a.v == 1 && context.a.v == 1 && context['_outputs.a'].v == 1"},{"source":"b","target":"r","condition":"b == 'g' && context.b == 'g' && context.g == 'g'"},{"source":"r","target":"w"},
			{"source":"w","target":"q"},{"source":"q","target":"none"},{"source":"none","target":"e","transform":"[a, context.a, context['_outputs.a'].v, outputs.a.v, context.none, context.w.b]"}]}`,
		input: `{"a":"input","w":"input","none":"input"}`,
		want: ending{result: `["written","written",1,1,"input","g"]`,
			outputs: `{"a":{"v":1},"b":"g","g":"g","r":{"a":{"v":1},"_outputs.a":{"v":1},"b":"g","w":"input","none":"input"},
				"w":{"a":{"v":1},"_outputs.a":{"v":1},"b":"g","w":"input","none":"input"},
				"q":{"a":"written","_outputs.a":{"v":1},"w":{"a":{"v":1},"_outputs.a":{"v":1},"b":"g","w":"input","none":"input"}},"e":["written","written",1,1,"input","g"]}`,
			states: "a=done b=failed g=done r=done w=done q=done none=done e=done"},
	},
	{
		name: "conditions and transforms see the node's own writes",
		blueprint: `{"id":"ownwrites","nodes":[{"id":"w","uses":"write","params":{"set":{"x":2,"n":{"v":5}},"delete":["y"]}},{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass","inputs":"n.v"}],
			"edges":[{"source":"w","target":"a","condition":"x == 2 && context.y == null"},{"source":"w","target":"b","condition":"x == 1 || y"},{"source":"w","target":"c","transform":"input + x"}]}`,
		input: `{"x":1,"y":1}`,
		want:  ending{result: `{"a":{"x":1,"y":1},"c":7}`, outputs: `{"w":{"x":1,"y":1},"a":{"x":1,"y":1},"c":7}`, states: "w=done a=done b=skipped c=done"},
	},
	{
		name: "every branch's writes are seen behind the join",
		blueprint: `{"id":"branches","nodes":[{"id":"a","uses":"write","params":{"set":{"ka":1}}},{"id":"b","uses":"write","params":{"set":{"kb":2}}},{"id":"j","uses":"eval","params":{"expression":"[ka, kb, context['ka'] + kb]"}}],
			"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`,
		want: ending{result: `[1,2,3]`, outputs: `{"a":null,"b":null,"j":[1,2,3]}`, states: "a=done b=done j=done"},
	},
	{
		name: "the built-ins",
		blueprint: `{"id":"builtins","nodes":[{"id":"s","uses":"set","params":{"values":{"sum":"input.a + input.b","old":"sum"}}},{"id":"e","uses":"eval","params":{"expression":"{sum: sum, old: old}","action":"sum > 2 ? 'big' : 'small'"}},{"id":"p","uses":"pass"},{"id":"q","uses":"pass"}],
			"edges":[{"source":"s","target":"e"},{"source":"e","target":"p","action":"big"},{"source":"e","target":"q","action":"small"}]}`,
		input: `{"a":1,"b":2}`,
		want: ending{result: `{"p":{"sum":3,"old":null}}`, outputs: `{"s":{"a":1,"b":2},"e":{"sum":3,"old":null},"p":{"sum":3,"old":null}}`,
			states: "s=done e=done p=done q=skipped"},
	},
}

// Values and ids that are easily spoilt on their way.
var valueCases = []engineCase{
	{
		name: "no output is not null",
		blueprint: `{"id":"none","nodes":[{"id":"a","uses":"none"},{"id":"b","uses":"pass","params":{"output":null}},{"id":"c","uses":"eval","params":{"expression":"[input, a, outputs.b]"}},{"id":"d","uses":"none"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"d"}]}`,
		want: ending{outputs: `{"b":null,"c":[null,null,null]}`, states: "a=done b=done c=done d=done"},
	},
	{
		name: "numbers keep their text",
		blueprint: `{"id":"exact","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"set","params":{"values":{"k":"input.big"}}},{"id":"c","uses":"pass","inputs":{"key":"k","path":"a.list.0"}},{"id":"d","uses":"pass"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"d","transform":"[input.key, input.path, run.input.small]"}]}`,
		input: `{"big":9007199254740993,"list":[12345678901234567890.10],"small":1e-7}`,
		want: ending{result: `[9007199254740993,12345678901234567890.10,1e-7]`,
			outputs: `{"a":{"big":9007199254740993,"list":[12345678901234567890.10],"small":1e-7},"b":{"big":9007199254740993,"list":[12345678901234567890.10],"small":1e-7},
				"c":{"key":9007199254740993,"path":12345678901234567890.10},"d":[9007199254740993,12345678901234567890.10,1e-7]}`,
			states: "a=done b=done c=done d=done"},
	},
	{
		name: "texts keep their characters",
		blueprint: `{"id":"text","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"write","params":{"set":{"k<&>":"<b>&amp;\u2028 \u0000 😀"}}},{"id":"c","uses":"pass","inputs":"k<&>"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`,
		input: `"<i>😀 é"`,
		want:  ending{result: `"<b>&amp;\u2028 \u0000 😀"`, outputs: `{"a":"<i>😀 é","b":"<i>😀 é","c":"<b>&amp;\u2028 \u0000 😀"}`, states: "a=done b=done c=done"},
	},
	{
		name: "look-alike ids are different nodes",
		blueprint: `{"id":"a/b","nodes":[{"id":"s","uses":"pass"},{"id":"a#b","uses":"task"},{"id":"a@b","uses":"task"},{"id":"a/b","uses":"task"},{"id":"a%23b","uses":"task"},{"id":"ä 🙂","uses":"task"},{"id":"j#j@j","uses":"eval","params":{"expression":"[input['a#b'].node, input['a@b'].node, input['a/b'].node, input['a%23b'].node, input['ä 🙂'].node, outputs['a%23b'].key]"}}],
			"edges":[{"source":"s","target":"a#b"},{"source":"s","target":"a@b"},{"source":"s","target":"a/b"},{"source":"s","target":"a%23b"},{"source":"s","target":"ä 🙂"},
			{"source":"a#b","target":"j#j@j"},{"source":"a@b","target":"j#j@j"},{"source":"a/b","target":"j#j@j"},{"source":"a%23b","target":"j#j@j"},{"source":"ä 🙂","target":"j#j@j"}]}`,
		want: ending{result: `["a#b","a@b","a/b","a%23b","ä 🙂","/a%2523b"]`,
			outputs: `{"s":null,"a#b":{"attempt":1,"key":"/a%23b","node":"a#b","of":"a/b"},"a@b":{"attempt":1,"key":"/a%40b","node":"a@b","of":"a/b"},"a/b":{"attempt":1,"key":"/a%2Fb","node":"a/b","of":"a/b"},
				"a%23b":{"attempt":1,"key":"/a%2523b","node":"a%23b","of":"a/b"},"ä 🙂":{"attempt":1,"key":"/ä 🙂","node":"ä 🙂","of":"a/b"},"j#j@j":["a#b","a@b","a/b","a%23b","ä 🙂","/a%2523b"]}`,
			states: "s=done a#b=done a@b=done a/b=done a%23b=done ä_🙂=done j#j@j=done"},
	},
	{
		name: "look-alike sinks are different ends",
		blueprint: `{"id":"ends","nodes":[{"id":"s","uses":"pass"},{"id":"a#b","uses":"pass"},{"id":"a%23b","uses":"pass"},{"id":"a","uses":"pass"},{"id":"b#c","uses":"pass","config":{"joinStrategy":"any"}}],
			"edges":[{"source":"s","target":"a#b"},{"source":"s","target":"a%23b"},{"source":"s","target":"a"},{"source":"a","target":"b#c"},{"source":"s","target":"b#c"}]}`,
		input: `1`,
		want:  ending{result: `{"a#b":1,"a%23b":1,"b#c":1}`, outputs: `{"s":1,"a#b":1,"a%23b":1,"a":1,"b#c":1}`, states: "s=done a#b=done a%23b=done a=done b#c=done"},
	},
}
