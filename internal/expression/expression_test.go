package expression_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

type values = map[string]json.RawMessage

func raw(s string) json.RawMessage { return json.RawMessage(s) }

// order returns the values that the tables below read.
func order() expression.Env {
	return expression.Env{
		Result: raw(`{"output": {"map": 1, "status": "paid", "total": 120.50}, "action": "ship"}`),
		Input: raw(` { "id": 9007199254740993, "in": 1, "not": 2, "len": 3, "count": 4, "a b": 5, "x\u0079": 6, "$v": 7, "_v": 8, "größe": 9,
			"big": {"z": 9007199254740993, "a": [18446744073709551617, 1.50, -0, 1e2]}, "list": [9007199254740993, "two", [3]],
			"same": {"a": [18446744073709551617, 1.50, -0, 1e2], "z": 9007199254740993}, "other": {"z": 9007199254740992, "a": []},
			"n": 7, "zero": 0, "none": null, "yes": true, "no": false, "empty": "", "s": "h\u00e9llo", "emoji": "a\ud83d\ude00b", "half": "\ud83d",
			"tags": ["new", "vip"], "twice": 1, "twice": 2, "nothing": {}, "void": [], "quote": "say \"hi\"" , "html": "<b>", "large": 1e400 } `),
		RunID:    "run-1",
		RunInput: raw(`{"customer": 12}`),
		Context:  values{"limit": raw("100"), "both": raw(`"context"`), "let": raw("1"), "gone": nil, "a.b": raw("2")},
		Outputs: values{"fetch": raw(`{"ok": true}`), "both": raw(`"node"`), "gone": raw(`"node"`), "let": raw("2"), "my-node": raw("3"),
			"map": raw("10"), "len": raw("11"), "count": raw("12"), "now": raw("13"), "filter": raw("14"), "in": raw("15"), "not": raw("16"),
			"matches": raw("17"), "contains": raw("18"), "1": raw("19"), "if": raw("20"), "nil": raw("21"), "b": raw("22"), "or": raw("23")},
	}
}

func TestEval(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expression, want string }{
		// Expressions that expr by itself cannot evaluate.
		{`result.action === 'ship'`, `true`},
		{`result.action !== 'ship'`, `false`},
		{`input.n === '7'`, `false`},
		{`input.tags.length`, `2`},
		{`input.s.length`, `5`},
		{`Math.round(input.n / 2)`, `4`},
		{`7 % 2`, `1`},
		{`input.n % 2`, `1`},
		{`'a'+1`, `"a1"`},
		{`input.n ? 1 : 2`, `1`},
		{`!0`, `true`},
		{`input.missing || 'd'`, `"d"`},
		{`input.missing > 5`, `false`},

		// Literals.
		{`'it\'s'`, `"it's"`},
		{`"\u00e9\x41\u{1F600}\n\/\q\0"`, `"éA😀\n/q\u0000"`},
		{`'\ud83d\ude00'`, `"😀"`},
		{`'<&>'`, `"<&>"`},
		{`'a === b !== c'`, `"a === b !== c"`},
		{`undefined`, `null`},
		{`0x1F`, `31`},
		{`0b11 + 0o17`, `18`},
		{`5.0`, `5`},
		{`10_000`, `10000`},
		{`.5`, `0.5`},
		{`5.`, `5`},
		{`1e21`, `1e+21`},
		{`123456789012345680000`, `123456789012345680000`},
		{`-0`, `0`},
		{`[1, 'a', null,]`, `[1,"a",null]`},
		{`{}`, `{}`},
		{`{a: 1, 'b c': {"d": [2]}, in: 3, 4: 5, not: 6, a: 7,}`, `{"a":7,"b c":{"d":[2]},"in":3,"4":5,"not":6}`},
		{`{limit, map}`, `{"limit":100,"map":10}`},

		// Members.
		{`input["a b"]`, `5`},
		{`input.xy`, `6`},
		{`input.$v + input._v + input.größe`, `24`},
		{`input.tags[1]`, `"vip"`},
		{`input.tags[input.zero]`, `"new"`},
		{`input.tags['1']`, `"vip"`},
		{`input.tags[-1]`, `null`},
		{`input.tags[2]`, `null`},
		{`input.tags[0.5]`, `null`},
		{`input.tags['01']`, `null`},
		{`input.tags.first`, `null`},
		{`input['t' + 'ags']['len' + 'gth']`, `2`},
		{`input.emoji.length`, `4`},
		{`input.emoji[3]`, `"b"`},
		{`input.emoji[0] + input.emoji[1]`, "\"a\ufffd\""},
		{`input.emoji[9]`, `null`},
		{`input.twice`, `2`},
		{`input.missing.deeper.still`, `null`},
		{`input.missing[0].a`, `null`},
		{`input.n.a`, `null`},
		{`null.a`, `null`},
		{`input.s.toString`, `null`},
		{`input.nothing.length`, `null`},
		{`input?.missing?.a`, `null`},
		{`input?.tags?.[0]`, `"new"`},
		{`input.yes?.5:1`, `0.5`},
		{`[1, [2, 3]][1][0]`, `2`},
		{`({a: {b: 2}}).a.b`, `2`},
		{`'text'[1]`, `"e"`},

		// Names.
		{`result.output.map`, `1`},
		{`[input.in, input.not, input.len, input.count]`, `[1,2,3,4]`},
		{`outputs.let`, `2`},
		{`let`, `1`},
		{`map + len + count + now + filter + nil + b`, `103`},
		{`[in, not, matches, contains, if, or]`, `[15,16,17,18,20,23]`},
		{`in === 15 && not !== 15 ? map : len`, `10`},
		{`both`, `"context"`},
		{`gone`, `"node"`},
		{`outputs.both`, `"node"`},
		{`context.both`, `"context"`},
		{`fetch.ok`, `true`},
		{`limit * 2`, `200`},
		{`missing`, `null`},
		{`outputs["my-node"]`, `3`},
		{`outputs?.["my-node"]`, `3`},
		{`outputs[1]`, `19`},
		{`context['a.b']`, `2`},
		{`my-node`, `0`},
		{`run.id`, `"run-1"`},
		{`run.input.customer`, `12`},
		{`run["input"]`, `{"customer": 12}`},
		{`run`, `{"id":"run-1","input":{"customer": 12}}`},
		{`run.other`, `null`},
		{`run['i' + 'd']`, `"run-1"`},

		// Values that are only passed on keep their text.
		{`input.id`, `9007199254740993`},
		{`{"id": input.id, list: [input.id]}`, `{"id":9007199254740993,"list":[9007199254740993]}`},
		{`input.yes ? input.id : 0`, `9007199254740993`},
		{`input.list[0]`, `9007199254740993`},
		{`input.none ?? input.id`, `9007199254740993`},
		{`input.zero || input.id`, `9007199254740993`},
		{`input.yes && input.id`, `9007199254740993`},
		{`input.big`, `{"z": 9007199254740993, "a": [18446744073709551617, 1.50, -0, 1e2]}`},
		{`[input.big.a[0], input.big.a[1], input.large]`, `[18446744073709551617,1.50,1e400]`},
		{`input.half`, `"\ud83d"`},
		{`9007199254740993`, `9007199254740993`},
		{`-9007199254740993`, `-9007199254740993`},
		{`0x20000000000001`, `9007199254740993`},
		{`'#' + input.id`, `"#9007199254740993"`},
		{`input.id + ''`, `"9007199254740993"`},
		{`'' + input.big.a[1] + input.big.a[2]`, `"1.50"`},
		{`input.id + 0`, `9007199254740992`},
		{`input.id == 9007199254740993`, `true`},
		{`9007199254740993 == 9007199254740992`, `false`},
		{`input.id === input.other.z`, `false`},
		{`input.id > input.other.z`, `true`},
		{`-9007199254740993 < -9007199254740992`, `true`},
		{`9007199254740993 < 18446744073709551617`, `true`},
		{`input.id === 9007199254740992 + 0`, `true`},

		// Arithmetic and printed numbers.
		{`0.1+0.2`, `0.30000000000000004`},
		{`1e20 * 10`, `1e+21`},
		{`1 / 4e6 / 10`, `2.5e-8`},
		{`1 / 1e6`, `0.000001`},
		{`-7 % 3`, `-1`},
		{`7 % -3`, `1`},
		{`5.5 % 2`, `1.5`},
		{`2 + 3 * 4 - 6 / 2`, `11`},
		{`(2 + 3) * 4`, `20`},
		{`10 - 3 - 2`, `5`},
		{`2 * 6 / 4 * 3`, `9`},
		{`null + 1`, `1`},
		{`input.missing * 2`, `0`},
		{`true + true`, `2`},
		{`'6' * '7'`, `42`},
		{`' 12 ' - 2`, `10`},
		{`'' * 5`, `0`},
		{`+'0x1f'`, `31`},
		{`- -input.n`, `7`},
		{`-'5'`, `-5`},
		{`Math.round(-2.5)`, `-2`},
		{`Math.round(2.5)`, `3`},
		{`Math.round(0.49999999999999994)`, `0`},
		{`Math.round(-0.2)`, `0`},
		{`1 / Math.round(-0.2) < 0`, `true`},
		{`[Math.floor(-1.5), Math.ceil(-1.5), Math.abs(-1.5), Math.abs(null)]`, `[-2,-1,1.5,0]`},
		{`[Math.min(3, 1, 2), Math.max(3, '10', 2), Math.max(5)]`, `[1,10,5]`},
		{`Math.round(result.output.total * 100) / 100`, `120.5`},

		// Text.
		{`1 + '1'`, `"11"`},
		{`1 + 2 + 'a' + 1 + 2`, `"3a12"`},
		{`'a' + null + true + 1.50 + 1e21`, `"anulltrue1.51e+21"`},
		{`'' + [1, null, [2, 'x']] + {}`, `"1,,2,x[object Object]"`},
		{`'' + 0/0 + -1/0`, `"NaN-Infinity"`},
		{`input.quote + input.html`, `"say \"hi\"<b>"`},
		{`'été'.length`, `3`},

		// includes.
		{`input.tags.includes('vip')`, `true`},
		{`input.tags.includes('vi')`, `false`},
		{`input.s.includes('llo')`, `true`},
		{`input.s.includes('')`, `true`},
		{`'a1'.includes(1)`, `true`},
		{`['1'].includes(1)`, `false`},
		{`[0/0].includes(0/0)`, `true`},
		{`input.list.includes(9007199254740992)`, `false`},
		{`['paid', 'sent'].includes(result.output.status)`, `true`},
		{`input.missing.includes('a')`, `null`},
		{`input.missing?.includes('a')`, `null`},

		// Comparison.
		{`1 < 2`, `true`},
		{`2 <= 2 && 2 >= 2`, `true`},
		{`null >= 0`, `false`},
		{`0 <= null`, `false`},
		{`input.none < 1`, `false`},
		{`'b' > 'a'`, `true`},
		{`'10' < '9'`, `true`},
		{`'10' < 9`, `false`},
		{`10 > '9'`, `true`},
		{`'x' < 1`, `false`},
		{`'x' >= 1`, `false`},
		{`'a' < 'ab'`, `true`},
		{`'é' < 'è'`, `false`},
		{`'\uffee' > '😀'`, `true`}, // by UTF-16 units, unlike by code points
		{`'😀' < '😁'`, `true`},
		{`true > 0`, `true`},
		{`[2] > 1`, `true`},
		{`0/0 === 0/0`, `false`},
		{`null == undefined`, `true`},
		{`null == 0`, `false`},
		{`0 == ''`, `false`},
		{`1 == true`, `false`},
		{`1.0 == 1`, `true`},
		{`-0 == 0`, `true`},
		{`100000000000000000000 == 1e20`, `true`},
		{`input.big == input.same`, `true`},
		{`input.big != input.other`, `true`},
		{`[1, 2] == [1, 2]`, `true`},
		{`[1, 2] == [1, 2, 3]`, `false`},
		{`[1, 2, 3] == [1, 2]`, `false`},
		{`{a: 1} == {a: 1, b: 2}`, `false`},
		{`{a: 1, b: 2} == {a: 1}`, `false`},
		{`input.void === [] && input.nothing === {}`, `true`},
		{`input.tags === ['new', 'vip']`, `true`},

		// Logic returns its operands.
		{`0 || ''`, `""`},
		{`'' && 1`, `""`},
		{`1 && 'a'`, `"a"`},
		{`0 ?? 1`, `0`},
		{`null ?? undefined ?? 2`, `2`},
		{`[] && {}`, `{}`},
		{`!'a'`, `false`},
		{`!![]`, `true`},
		{`0 && input.n.includes(1)`, `0`}, // not evaluated

		// Precedence.
		{`input.missing ?? 1 + 2`, `3`},
		{`1 + input.none ?? 5`, `1`},
		{`input.none ?? 0 > 5`, `false`},
		{`-input.n ?? 1`, `-7`},
		{`!input.n % 2`, `0`},
		{`1 < 2 == 3 < 4`, `true`},
		{`3 == 1 < 2`, `false`},
		{`3 > 2 > 1`, `false`},
		{`1 || 0 && 0`, `1`},
		{`(null ?? 0) || 'x'`, `"x"`},
		{`true ? false ? 1 : 2 : 3`, `2`},
		{`false ? 1 : false ? 2 : 3`, `3`},
		{`1 ? 2 || 0 : 3`, `2`},
		{`  input . n  ===
			7 `, `true`},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			t.Parallel()
			got, err := compile(t, tt.expression).Eval(order())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("Eval (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEval_refuses(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("a", 5<<20)
	env := order()
	env.Context["bad"] = raw(`{"a":`)
	env.Context["big"] = raw(`"` + big + `"`)
	env.Context["digits"] = raw(strings.Repeat("9", 1001))
	env.Context["zeros"] = raw("[" + strings.Repeat("0,", 1<<20) + "1]")
	for _, tt := range []struct{ expression, want string }{
		{`1/0`, "the result is or holds Infinity, which is not JSON"},
		{`-1/0`, "-Infinity"},
		{`0/0`, "NaN"},
		{`'a' - 1`, "NaN"},
		{`{a: [0/0]}`, "NaN"},
		{`input.large * 1`, "Infinity"},
		{`Math.max()`, "-Infinity"},
		{`Math.round()`, "NaN"},
		{`bad`, "bad is not JSON"},
		{`context.bad.a`, "context.bad is not JSON"},
		{`true && input.n.includes(7)`, "1:17: includes is for text and arrays, not for a number"},
		{`input.nothing.includes('a')`, "not for an object"},
		{`big + big + big + big`, "more than 16 MB"},
		{`[big, big, big, big]`, "more than 16 MB"},
		{`'' + [big, big, big, big, big]`, "more than 16 MB"},
		{strings.Repeat("big.length + ", 100) + "0", "more than 128 MB"},
		{`digits > 1`, "a number of 1001 digits"},
		{`'' + digits`, "a number of 1001 digits"},
		{`[digits].includes(1) ? 1 : digits`, "a number of 1001 digits"},
		{strings.Repeat("zeros.length + ", 50) + "0", "more than 128 MB"},
		{strings.Repeat("(big + 'a').length + ", 100) + "0", "more than 128 MB"},
		{strings.Repeat("(big + 'a' == big + 'b') || ", 100) + "0", "more than 128 MB"},
	} {
		t.Run(tt.want+" "+tt.expression[:min(20, len(tt.expression))], func(t *testing.T) {
			t.Parallel()
			got, err := compile(t, tt.expression).Eval(env)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Eval = %.40s, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}

func TestEval_result_is_its_own_memory(t *testing.T) {
	t.Parallel()
	env := expression.Env{Input: raw(`[1]`)}
	got, err := compile(t, "input").Eval(env)
	if err != nil {
		t.Fatal(err)
	}
	got[1] = '2'
	if string(env.Input) != `[1]` {
		t.Errorf("the result shares memory with the input: %s", env.Input)
	}
}

func TestTest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		expression string
		want       bool
	}{
		{`''`, false}, {`input.empty`, false}, {`'0'`, true}, {`input.s`, true},
		{`0`, false}, {`-0`, false}, {`0.0`, false}, {`input.zero`, false}, {`input.n`, true}, {`9007199254740993`, true},
		{`null`, false}, {`undefined`, false}, {`input.none`, false}, {`input.missing`, false}, {`missing`, false},
		{`false`, false}, {`input.no`, false}, {`input.yes`, true},
		{`0/0`, false}, {`1/0`, true}, {`-1/0`, true},
		{`[]`, true}, {`{}`, true}, {`input.void`, true}, {`input.nothing`, true}, {`[0]`, true},
		{`result.output.total > 100 && result.action === 'ship'`, true},
		{`limit >= 100 && !fetch.ok`, false},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			t.Parallel()
			got, err := compile(t, tt.expression).Test(order())
			if err != nil || got != tt.want {
				t.Errorf("Test = %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func TestTest_refuses_invalid_JSON(t *testing.T) {
	t.Parallel()
	got, err := compile(t, "!input.a").Test(expression.Env{Input: raw(`{"a"}`)})
	if err == nil || got {
		t.Errorf("Test = %v, %v, want an error", got, err)
	}
}

func compile(t *testing.T, src string) *expression.Program {
	t.Helper()
	program, err := expression.Compile(src)
	if err != nil {
		t.Fatalf("Compile(%s): %v", src, err)
	}
	return program
}
