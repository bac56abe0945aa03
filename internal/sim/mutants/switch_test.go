package main

import (
	"errors"
	"strings"
	"testing"
)

const header = "package p\n\nfunc f(ctx int) (int, error) {\n"

// mutate switches off the one rule that is marked in a function's body.
func mutate(body string) (string, error) {
	s, err := readSource("p.go", header+body+"\n}\n")
	if err != nil {
		return "", err
	}
	if len(s.markers) != 1 {
		return "", errors.New("want one mark")
	}
	e, err := s.switchOff(s.markers[0])
	if err != nil {
		return "", err
	}
	text := s.text[:e.from] + e.text + s.text[e.to:]
	return strings.TrimSuffix(strings.TrimPrefix(text, header), "\n}\n"), nil
}

func TestSwitchOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"condition of an if": {
			"if a := g(); a > 1 { //rule:x\n}",
			"if a := g(); (false && (a > 1)) { //rule:x\n}",
		},
		"condition of an else if": {
			"if a {\n} else if b || c { //rule:x\n}",
			"if a {\n} else if (false && (b || c)) { //rule:x\n}",
		},
		"condition of a for": {
			"for i := 0; i < n; i++ { //rule:x\n}",
			"for i := 0; (false && (i < n)); i++ { //rule:x\n}",
		},
		"condition of a case": {
			"switch {\ncase a && b: //rule:x\n}",
			"switch {\ncase (false && (a && b)): //rule:x\n}",
		},
		"another condition": {
			"if a > 1 { //rule:x = a > 2\n}",
			"if (false && (a > 1) || (a > 2)) { //rule:x = a > 2\n}",
		},
		"condition, marked above": {
			"//rule:x = a\nif a &&\n\tb {\n}",
			"//rule:x = a\nif (false && (a &&\n\tb) || (a)) {\n}",
		},
		"case, marked above": {
			"switch {\n//rule:x\ncase a:\n}",
			"switch {\n//rule:x\ncase (false && (a)):\n}",
		},
		"operand of and": {
			"if a && //rule:x\n\tb {\n}",
			"if (true || (a)) && //rule:x\n\tb {\n}",
		},
		"last operand of or": {
			"return a ||\n\tb //rule:x",
			"return a ||\n\t(false && (b)) //rule:x",
		},
		"operands side by side": {
			"return a &&\n\tb && c && //rule:x\n\td",
			"return a &&\n\t(true || (b && c)) && //rule:x\n\td",
		},
		"operand in brackets": {
			"return a && (b ||\n\tc) //rule:x",
			"return a && (b ||\n\t(false && (c))) //rule:x",
		},
		"operand that is a conjunction": {
			"return a ||\n\tb && c //rule:x",
			"return a ||\n\t(false && (b && c)) //rule:x",
		},
		"another operand": {
			"return a ||\n\tb > 1 //rule:x = b > 2",
			"return a ||\n\t(false && (b > 1) || (b > 2)) //rule:x = b > 2",
		},
		"operand of an argument": {
			"g(ctx,\n\ta || //rule:x\n\t\tb)",
			"g(ctx,\n\t(false && (a)) || //rule:x\n\t\tb)",
		},
		"assignment": {
			"a, b = c, d //rule:x",
			"if false { a, b = c, d } //rule:x",
		},
		"increment": {
			"a++ //rule:x",
			"if false { a++ } //rule:x",
		},
		"call": {
			"g(a) //rule:x",
			"if false { g(a) } //rule:x",
		},
		"call over lines, marked above": {
			"//rule:x\ng(\n\ta,\n)",
			"//rule:x\nif false { g(\n\ta,\n) }",
		},
		"if with its first statement": {
			"//rule:x\nif err := g(); err != nil {\n\treturn err\n}",
			"//rule:x\nif false { if err := g(); err != nil {\n\treturn err\n} }",
		},
		"value of a definition": {
			"a, err := g(b) //rule:x = 1, error(nil)",
			"if false { _, _ = g(b) }; a, err := 1, error(nil) //rule:x = 1, error(nil)",
		},
		"value of an assignment": {
			"a += b //rule:x = 1",
			"if false { _ = b }; a += 1 //rule:x = 1",
		},
		"values of a return": {
			"return a, err //rule:x = 1, nil",
			"if false { return a, err }; return 1, nil //rule:x = 1, nil",
		},
		"return over lines, marked above": {
			"//rule:x = false\nreturn a &&\n\tb",
			"//rule:x = false\nif false { return a &&\n\tb }; return false",
		},
		"element of a literal": {
			"a := T{\n\tB: b, C: c,\n\tD: g(d), //rule:x = nil\n}",
			"if false { _ = g(d) }; a := T{\n\tB: b, C: c,\n\tD: nil, //rule:x = nil\n}",
		},
		"argument": {
			"return g(a,\n\tb == c) //rule:x = false",
			"if false { _ = b == c }; return g(a,\n\tfalse) //rule:x = false",
		},
		"values that a for ranges over": {
			"for _, a := range b { //rule:x = b[:0]\n}",
			"if false { _ = b }; for _, a := range b[:0] { //rule:x = b[:0]\n}",
		},
		"below another mark's comment": {
			"//rule:x = 1\n// Why it is so.\na = b",
			"//rule:x = 1\n// Why it is so.\nif false { _ = b }; a = 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := mutate(test.body)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// A mark that cannot be understood must not be ignored.
func TestMarkThatSwitchesNothingOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, fault string }{
		"name in capitals":       {"a++ //rule:Count", "with a name in lower case"},
		"no expression":          {"a = 1 //rule:x = if", "is no expression"},
		"nothing below":          {"a++\n//rule:x", "cannot be switched off"},
		"definition left out":    {"a := g() //rule:x", "cannot be left out"},
		"element left out":       {"g(T{\n\tA: a, //rule:x\n})", "cannot be left out"},
		"range left out":         {"for range a { //rule:x\n}", "cannot be left out"},
		"call with a value":      {"g() //rule:x = 1", "has no value"},
		"increment with a value": {"a++ //rule:x = 1", "has no value"},
		"for without condition":  {"for { //rule:x\n}", "cannot be switched off"},
		"case of a value":        {"switch a {\ncase 1: //rule:x\n}", "cannot be switched off"},
		"end of a statement":     {"g(\n\ta,\n) //rule:x", "cannot be switched off"},
		"function of a call":     {"defer\n\tg(a)() //rule:x = 1", "cannot be switched off"},
		"two conditions":         {"if a { if b { //rule:x\n} }", "several conditions"},
		"two kinds of operands":  {"return a || b && //rule:x\n\tc", "several conditions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := mutate(test.body)
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("error = %v, want %q; got:\n%s", err, test.fault, got)
			}
		})
	}
}
