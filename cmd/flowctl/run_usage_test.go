package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const onePass = `{"id":"b","nodes":[{"id":"a","uses":"pass"}]}`

func TestRun_usage(t *testing.T) {
	t.Parallel()
	file := blueprintFile(t, onePass)
	for name, test := range map[string]struct {
		args []string
		want string // in the message
	}{
		"no file":                   {nil, "--file"},
		"a file that is not there":  {[]string{"-f", filepath.Join(t.TempDir(), "none.json")}, "none.json: no such file"},
		"a folder":                  {[]string{"-f", t.TempDir()}, "is a directory"},
		"an unknown flag":           {append(slices.Clip(file), "--bogus"), "--bogus"},
		"an unexpected argument":    {append(slices.Clip(file), "bogus"), "bogus"},
		"input that is not JSON":    {append(slices.Clip(file), "--input", "{x"), "--input is not JSON: invalid character 'x'"},
		"input of two documents":    {append(slices.Clip(file), "--input", "1 2"), "--input is not JSON"},
		"input of spaces":           {append(slices.Clip(file), "--input", " "), "--input is not JSON"},
		"input that is not UTF-8":   {append(slices.Clip(file), "--input", "\"\xe4\""), `"\"\xe4\"" is not UTF-8`},
		"input beyond any message":  {append(slices.Clip(file), "--input", `"`+strings.Repeat("x", 2<<20)+`"`), "the limit is 1048576"},
		"input nested without end":  {append(slices.Clip(file), "--input", strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)), "exceeded max depth"},
		"a traceparent of zeros":    {append(slices.Clip(file), "--traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"), "--traceparent is none"},
		"a stub that is not JSON":   {append(slices.Clip(file), "--stub", "x={"), `--stub x: { is not a result`},
		"a stub of another form":    {append(slices.Clip(file), "--stub", `x={"outputs":1}`), `--stub x: {"outputs":1} is not a result`},
		"a timeout beyond all life": {blueprintFile(t, `{"id":"b","nodes":[{"id":"a","uses":"pass","config":{"timeout":9e12}}]}`), "nodes[0] (a): its timeout"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			p := flowctlRun(t.Context(), test.args...)
			if p.code != exitUsage || p.stdout != "" || !strings.Contains(p.stderr, test.want) {
				t.Errorf("exit %d, stdout %.200q, stderr %.200q, want exit 2 with %q", p.code, p.stdout, p.stderr, test.want)
			}
			if len(p.stderr) > 500 {
				t.Errorf("the message has %d bytes", len(p.stderr))
			}
		})
	}
}

func TestRun_files_that_are_no_blueprint(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":           "",
		"binary":          "\x00\x01\xff",
		"latin-1":         "{\"id\":\"b\xe4\",\"nodes\":[{\"id\":\"a\",\"uses\":\"pass\"}]}",
		"utf-16":          "\xff\xfe{\x00}\x00",
		"nested too deep": strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			p := flowctlRun(t.Context(), blueprintFile(t, text)...)
			if diff := cmp.Diff([]string{"INVALID_JSON"}, p.issues(t, "")); diff != "" || p.code != exitUsage {
				t.Errorf("exit %d, issues (-want +got):\n%s", p.code, diff)
			}
		})
	}
}

func TestRun_input(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":[`, 100) + "1" + strings.Repeat("]}", 100) // 200 levels, the limit
	for name, test := range map[string]struct{ input, want string }{
		"none":                  {"", `null`},
		"spaces around it":      {" {\"a\" : [ 1.0 , 9007199254740993 ]}\n", `{"a":[1.0,9007199254740993]}`},
		"a negative number":     {"-5", `-5`},
		"a byte order mark":     {"\ufeff[1]", `[1]`},
		"almost a full message": {`"` + strings.Repeat("x", 1_000_000) + `"`, `"` + strings.Repeat("x", 1_000_000) + `"`},
		"deeply nested":         {deep, deep},
		"markup stays":          {`"<b> & \u2028"`, `"<b> & \u2028"`},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			p := flowctlRun(t.Context(), append(blueprintFile(t, onePass), "--input="+test.input)...)
			if report := p.report(t); p.code != 0 || string(report.Result) != test.want {
				t.Errorf("exit %d, result %.200s, want %.200s", p.code, report.Result, test.want)
			}
		})
	}
}

// A stub returns its output and action, or neither, for every node that uses its
// name.
func TestRun_stubs(t *testing.T) {
	t.Parallel()
	file := blueprintFile(t, `{"id":"b","nodes":[{"id":"a","uses":"mine"},{"id":"b","uses":"mine"},{"id":"c","uses":"other"},{"id":"d","uses":"pass"}],
		"edges":[{"source":"a","target":"b","action":"on;ward"},{"source":"a","target":"c"},{"source":"b","target":"d","action":"on;ward"}]}`)
	p := flowctlRun(t.Context(), append(file, "--stub", "mine=\ufeff"+`{"output":{"n":1},"action":"on;ward"}`, "--stub", "other={}")...)
	if want := `"outputs":{"a":{"n":1},"b":{"n":1},"d":{"n":1}}`; p.code != 0 || !strings.Contains(p.stdout, want) {
		t.Errorf("exit %d, report %s\nwant %s in it", p.code, p.stdout, want)
	}
}

func TestRun_trace(t *testing.T) {
	t.Parallel()
	p := flowctlRun(t.Context(), append(blueprintFile(t, onePass), "--traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")...)
	lines := strings.Count(p.stderr, "\n")
	if traced := strings.Count(p.stderr, `"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"`); p.code != 0 || lines == 0 || traced != lines {
		t.Errorf("exit %d, and of %d lines %d have the trace: %s", p.code, lines, traced, p.stderr)
	}
}
