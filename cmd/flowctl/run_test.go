package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// runCase is a blueprint, and the expected result of "flowctl run": exit 2 with the
// issues, or the report.
type runCase struct {
	Name      string                     `json:"name"`
	Blueprint json.RawMessage            `json:"blueprint"`
	Text      string                     `json:"text"` // of a blueprint that is none, or whose form matters
	Input     json.RawMessage            `json:"input"`
	Exit      int                        `json:"exit"`
	Issues    []string                   `json:"issues"`   // code and path
	Mentions  string                     `json:"mentions"` // in each of their messages
	Status    flow.Status                `json:"status"`
	Result    json.RawMessage            `json:"result"`
	Outputs   map[string]json.RawMessage `json:"outputs"`
	Nodes     map[string]string          `json:"nodes"` // state and attempts by id
	Error     map[string]any             `json:"error"` // the fields that are compared
}

// printed is the command's exit code and output.
type printed struct {
	code           int
	stdout, stderr string
}

func flowctlRun(ctx context.Context, args ...string) printed {
	var stdout, stderr bytes.Buffer
	code := run(ctx, append([]string{"run"}, args...), &output{stdout: &stdout, stderr: &stderr})
	return printed{code, stdout.String(), stderr.String()}
}

// blueprintFile writes a blueprint and returns the arguments for it.
func blueprintFile(t *testing.T, blueprint string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "blueprint.json")
	if err := os.WriteFile(file, []byte(blueprint), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"-f", file}
}

// object decodes the one JSON object on stdout into v.
func (p printed) object(t *testing.T, v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(p.stdout))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("exit %d, stdout %.300q, stderr %.300q: %v", p.code, p.stdout, p.stderr, err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		t.Errorf("stdout has more than one object: %.300s", p.stdout)
	}
}

func (p printed) report(t *testing.T) *flow.Report {
	t.Helper()
	var report flow.Report
	p.object(t, &report)
	return &report
}

// issues returns the code and path of each issue on stdout, whose messages all mention a
// text.
func (p printed) issues(t *testing.T, mentions string) (issues []string) {
	t.Helper()
	var invalid struct {
		Error  string
		File   string
		Issues []flow.Issue
	}
	p.object(t, &invalid)
	if invalid.File == "" {
		t.Error("the file of the issues is not named")
	}
	for _, issue := range invalid.Issues {
		if issue.Message == "" {
			t.Errorf("%s %s has no message", issue.Code, issue.Path)
		}
		if !strings.Contains(issue.Message, mentions) {
			t.Errorf("%s %s does not mention %q: %s", issue.Code, issue.Path, mentions, issue.Message)
		}
		issues = append(issues, strings.TrimSpace(issue.Code+" "+issue.Path))
	}
	if p.stderr != "" {
		t.Errorf("stderr = %s, want nothing beside the issues", p.stderr)
	}
	return issues
}

func TestRun(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/run/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("cases: %v, %v", files, err)
	}
	for _, file := range files {
		var cases []runCase
		readTestdata(t, file, &cases)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			for _, c := range cases {
				t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
					t.Parallel()
					c.check(t)
				})
			}
		})
	}
}

func readTestdata(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func (c runCase) check(t *testing.T) {
	t.Helper()
	if c.Text == "" && c.Blueprint != nil {
		c.Text = string(c.Blueprint)
	}
	args := blueprintFile(t, c.Text)
	if c.Input != nil {
		args = append(args, "--input", string(c.Input))
	}
	p := flowctlRun(t.Context(), args...)
	if p.code != c.Exit {
		t.Fatalf("exit %d, want %d: %s%s", p.code, c.Exit, p.stdout, p.stderr)
	}
	if c.Exit == exitUsage {
		if diff := cmp.Diff(slices.Sorted(slices.Values(c.Issues)), slices.Sorted(slices.Values(p.issues(t, c.Mentions)))); diff != "" {
			t.Errorf("issues (-want +got):\n%s", diff)
		}
		return
	}
	c.checkReport(t, p)
}

func (c runCase) checkReport(t *testing.T, p printed) {
	t.Helper()
	report := p.report(t)
	if report.Status != c.Status || !runID.MatchString(report.RunID) {
		t.Errorf("run %q is %s, want %s", report.RunID, report.Status, c.Status)
	}
	if diff := cmp.Diff(exact(t, c.Result), exact(t, report.Result)); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(exactAll(t, c.Outputs), exactAll(t, report.Outputs)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	nodes := map[string]string{}
	var order []string
	for _, n := range report.Nodes {
		nodes[n.ID] = fmt.Sprintf("%s %d", n.State, n.Attempts)
		order = append(order, n.ID)
	}
	if diff := cmp.Diff(c.Nodes, nodes); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	b, err := flow.ParseBlueprint([]byte(c.Text))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(b.Nodes, order, func(n flow.Node, id string) bool { return n.ID == id }) {
		t.Errorf("nodes = %q, want the blueprint's order", order)
	}
	c.checkError(t, report.Error)
	checkLog(t, p.stderr)
}

func (c runCase) checkError(t *testing.T, failure *flow.Failure) {
	t.Helper()
	var got map[string]any
	if failure != nil {
		text, err := json.Marshal(failure)
		if err != nil {
			t.Fatal(err)
		}
		got = exact(t, text).(map[string]any)
		maps.DeleteFunc(got, func(field string, _ any) bool { return c.Error[field] == nil })
	}
	want, err := json.Marshal(c.Error)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exact(t, want), any(got)); diff != "" && (c.Error != nil || failure != nil) {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// exact decodes a value with the digits of its numbers.
func exact(t *testing.T, value json.RawMessage) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%.200s: %v", value, err)
	}
	return v
}

func exactAll(t *testing.T, values map[string]json.RawMessage) map[string]any {
	t.Helper()
	all := map[string]any{}
	for name, value := range values {
		all[name] = exact(t, value)
	}
	return all
}

// checkLog checks that stderr is a log with the run's start and end.
func checkLog(t *testing.T, stderr string) {
	t.Helper()
	var messages []string
	for line := range strings.Lines(stderr) {
		var entry struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Level == "" {
			t.Errorf("log line %q: %v", line, err)
		}
		messages = append(messages, entry.Msg)
	}
	if len(messages) < 2 || messages[0] != "run started" || !strings.HasPrefix(messages[len(messages)-1], "run ") {
		t.Errorf("log = %q, want it to begin and end with the run", messages)
	}
}

// runID matches run ids.
var runID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// Nothing in a value, an id or an error steers the terminal.
func TestOutputHasNoControlCharacters(t *testing.T) {
	t.Parallel()
	const steering = "\u001b\u009b\u202e\u007f"
	for name, blueprint := range map[string]string{
		"an output":       `{"id":"b","nodes":[{"id":"a","uses":"eval","params":{"expression":"'` + "\u009b31m\u202e\u007f" + `'"}}]}`,
		"a node's id":     `{"id":"b","nodes":[{"id":"` + "a\u009b31m\u202e\u007f" + `","uses":"pass"}]}`,
		"an error":        `{"id":"b","nodes":[{"id":"a","uses":"fail","params":{"message":"` + "\u009b31m\u202e\u007f" + `"}}]}`,
		"a fault's place": `{"id":"b","nodes":[{"id":"a` + "\u009b31m\u202e\u007f" + `","uses":"nobody's"}]}`,
	} {
		p := flowctlRun(t.Context(), blueprintFile(t, blueprint)...)
		if strings.ContainsAny(p.stdout+p.stderr, steering) || !strings.Contains(p.stdout, `\u009b31m`) {
			t.Errorf("%s: printed %q\n%q", name, p.stdout, p.stderr)
		}
	}
	p := flowctlRun(t.Context(), "-f", steering+"[2J")
	if strings.ContainsAny(p.stderr, steering) || !strings.Contains(p.stderr, `\u001b\u009b`) {
		t.Errorf("a file's name: printed %q", p.stderr)
	}
}
