package expression_test

import (
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

func TestCompile_refuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expression, want string }{
		{``, "the expression is empty"},
		{" \n", "the expression is empty"},
		{"'\xff'", "not UTF-8"},

		// Reads that cannot be planned.
		{`outputs`, `1:1: outputs as a whole cannot be read, as its read set is unknown: name the node or key, outputs.NAME or outputs["NAME"]`},
		{`1 + context`, `1:5: context as a whole`},
		{`outputs[input.id]`, `1:1: outputs as a whole`},
		{`context['a' + b]`, `1:1: context as a whole`},
		{`{outputs}`, `1:2: outputs as a whole`},
		{`outputs.includes('a')`, `1:1: outputs as a whole`},

		// Errors of the writer, with their places.
		{`a +`, `1:4: the expression ends too early`},
		{"a ===\n  + * 2", `2:5: unexpected *`},
		{`(1`, `1:3: the expression ends too early`},
		{`1)`, `1:2: unexpected )`},
		{`größe === 'ü' b`, `1:15: unexpected b`},
		{`a b`, `1:3: unexpected b`},
		{`a === b c`, `1:9: unexpected c`},
		{`'abc`, `1:1: the text that starts here is not closed`},
		{"'a\nb'", `1:1: the text that starts here is not closed`},
		{`'\u12'`, `1:1: the escape \u is not complete`},
		{`'\u{110000}'`, `1:1: the escape \u is not complete`},
		{`'\07'`, `octal`},
		{`3px`, `1:1: 3px is not a number`},
		{`1.2.3`, `1:4: unexpected .3`},
		{`007`, `1:1: 007 is not a number`},
		{`1e`, `1:1: 1e is not a number`},
		{`1__0`, `1:1: 1__0 is not a number`},
		{`1_`, `1:1: 1_ is not a number`},
		{`10n`, `1:1: 10n is not a number`},
		{`0xg`, `1:1: 0xg is not a number`},
		{`a.`, `1:3: the expression ends too early`},
		{`a.(b)`, `1:3: unexpected (`},
		{`a?.(b)`, `1:4: unexpected (`},
		{`a.'b'`, `1:3: unexpected 'b'`},
		{`a ! b`, `1:3: unexpected !`},
		{`a ?: b`, `1:4: unexpected :`},
		{`a ? b`, `1:6: the expression ends too early`},
		{`a ?? b || c`, `1:8: ?? and || need parentheses between them`},
		{`a && b ?? c`, `1:8: && and ?? need parentheses between them`},
		{`a ?? b && c`, `1:3: && and ?? need parentheses between them`},
		{`a = 1`, `1:3: = is not supported: compare with ===`},
		{`a += 1`, `1:4: = is not supported`},
		{`a & b`, `1:3: & is not supported: write &&`},
		{`[1,,2]`, `1:4: unexpected ,`},
		{`{a: 1 b: 2}`, `1:7: unexpected b`},
		{`{(a): 1}`, `1:3: the key of a member is a name or a text`},
		{`{('a'): 1}`, `1:3: the key of a member is a name or a text`},
		{`{[a]: 1}`, `1:2: unexpected [`},
		{`{'a'}`, `1:5: unexpected }`},

		// JavaScript beyond the subset.
		{`x => x`, `1:3: => is not supported: there are no functions`},
		{`[...a]`, `1:2: ... is not supported`},
		{`a++`, `1:2: ++ is not supported`},
		{`--a`, `1:1: -- is not supported`},
		{`a--b`, `1:2: -- is not supported`},
		{"`a`", "1:1: ` is not supported: write 'text' and join it with +"},
		{`/a/.test(b)`, `1:1: unexpected /`},
		{`a // b`, `1:4: unexpected /`},
		{`typeof a`, `1:8: unexpected a`},
		{`a.toUpperCase()`, `1:3: there is no method toUpperCase: there is .includes()`},
		{`a.includes()`, `1:3: includes takes one argument, not 0`},
		{`a.includes(1, 2)`, `1:3: includes takes one argument, not 2`},
		{`a.b.map(c)`, `1:5: there is no method map`},
		{`Math.sqrt(4)`, `1:6: there is no Math.sqrt: there is Math.abs, ceil, floor, max, min, round`},
		{`Math.PI`, `1:1: of Math there is Math.abs`},
		{`Number('1')`, `1:1: there is no function Number`},
		{`a()`, `1:1: there is no function a`},
		{`a[0](1)`, `1:5: unexpected (`},

		// Features of expr's language beyond that.
		{`map(a, # + 1)`, `1:8: '#' is not supported`},
		{`filter(a, .b)`, `1:11: unexpected .`},
		{`filter(a, {b})`, `1:1: there is no function filter`},
		{`repeat("a", 1000000000)`, `1:1: there is no function repeat`},
		{`len(a)`, `1:1: there is no function len`},
		{`count(a)`, `1:1: there is no function count`},
		{`now()`, `1:1: there is no function now`},
		{`all(a, b)`, `1:1: there is no function all`},
		{`1..1000000000`, `1:3: unexpected .1000000000`},
		{`a..b`, `1:2: .. is not supported`},
		{`1 .. 5`, `1:3: .. is not supported`},
		{`a in b`, `1:3: unexpected in: write .includes()`},
		{`a not in b`, `1:3: unexpected not: write !`},
		{`not a`, `1:5: unexpected a`},
		{`a and b`, `1:3: unexpected and: write &&`},
		{`a or b`, `1:3: unexpected or: write ||`},
		{`a matches "b+"`, `1:3: unexpected matches`},
		{`a contains b`, `1:3: unexpected contains: write .includes()`},
		{`a startsWith b`, `1:3: unexpected startsWith`},
		{`a | len()`, `1:3: | is not supported`},
		{`let x = 1; x`, `1:7: = is not supported`},
		{`1; 2`, `1:2: ; is not supported: write one expression`},
		{`if a { 1 } else { 2 }`, `1:4: unexpected a`},
		{`a ** b`, `1:3: ** is not supported`},
		{`a ^ b`, `1:3: '^' is not supported`},
		{`a[1:2]`, `slices are not supported`},
		{`a[:2]`, `slices are not supported`},
		{`::len(a)`, `1:1: unexpected :`},
		{`b"abc"`, `1:2: unexpected "abc"`},
		{`$env["a"](1)`, `1:10: unexpected (`},

		// Limits.
		{strings.Repeat(" ", 10_000) + "1", "the expression has 10001 bytes, the limit is 10000"},
		{strings.Repeat("!", 9_000) + "1", "more than 5000 words and symbols"},
		{strings.Repeat("(", 201) + "1" + strings.Repeat(")", 201), "1:202: more than 200 brackets are open"},
	} {
		t.Run(tt.expression[:min(30, len(tt.expression))], func(t *testing.T) {
			t.Parallel()
			_, err := expression.Compile(tt.expression)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Compile = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestCompile_goes_to_its_bounds(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"long chain":      strings.Repeat("1+", 2_499) + "1",
		"many signs":      strings.Repeat("!", 4_999) + "1",
		"many conditions": strings.Repeat("0?1:", 1_249) + "1",
		"many members":    "a" + strings.Repeat("?.b", 2_499),
		"many brackets":   strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200),
		"many arrays":     strings.Repeat("[", 200) + "1" + strings.Repeat("]", 200),
		"many elements":   "[" + strings.Repeat("a,", 2_499) + "]",
		"many shorthands": "{" + strings.Repeat("a,", 2_499) + "}",
		"long text":       "'" + strings.Repeat("x", 9_998) + "'",
		"long number":     strings.Repeat("9", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := compile(t, src).Eval(expression.Env{}); err != nil {
				t.Errorf("Eval = %v", err)
			}
		})
	}
}
