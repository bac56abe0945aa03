package docs

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

const migration = "docs/migration.md"

// shell runs a block that uses flowctl, and returns its output.
func shell(t *testing.T, script string) []byte {
	t.Helper()
	dir := t.TempDir()
	flowctl := filepath.Join(dir, "flowctl")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", flowctl, "../../cmd/flowctl").CombinedOutput(); err != nil {
		t.Fatalf("build flowctl: %v\n%s", err, out)
	}
	command := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.ReplaceAll(script, "go run ./cmd/flowctl", flowctl))
	command.Dir = dir
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

func TestOriginalBlueprintRuns(t *testing.T) {
	t.Parallel()
	var report flow.Report
	out := shell(t, block(t, migration, "sh", "flowctl run"))
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("the report is not JSON: %v\n%s", err, out)
	}
	states := map[string]flow.State{}
	for _, node := range report.Nodes {
		states[node.ID] = node.State
	}
	want := map[string]flow.State{
		"classify": flow.TaskDone, "answer": flow.TaskDone, "reply": flow.TaskDone, "assume-normal": flow.TaskSkipped, "escalate": flow.TaskSkipped,
	}
	if diff := cmp.Diff(want, states); diff != "" || report.Status != flow.Completed {
		t.Errorf("status %s, states (-told +real):\n%s", report.Status, diff)
	}
}

var expressionRow = regexp.MustCompile("(?m)^\\| `(.+?)` \\| `(.+?)` \\| .*\\|$")

// The values of expressions are those of the table.
func TestExpressionsHaveTheirValues(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(read(t, migration), "\n## Expressions\n")
	section, _, _ = strings.Cut(section, "\n## ")
	input := regexp.MustCompile("With the input `(.+)`").FindStringSubmatch(section)
	rows := expressionRow.FindAllStringSubmatch(section, -1)
	if input == nil || len(rows) < 10 {
		t.Fatalf("no input, or %d expressions only", len(rows))
	}
	for _, row := range rows {
		expression, want := strings.ReplaceAll(row[1], `\|`, "|"), row[2]
		params, err := json.Marshal(map[string]string{"expression": expression})
		if err != nil {
			t.Fatal(err)
		}
		b := &flow.Blueprint{ID: "x", Nodes: []flow.Node{{ID: "x", Uses: "eval", Params: params}}}
		run, err := memory.Run(t.Context(), b, nil, json.RawMessage(input[1]))
		if err != nil || string(run.Outputs["x"]) != want {
			t.Errorf("%s is %s (%v), but the table says %s", expression, run.Outputs["x"], err, want)
		}
	}
}

var inlineMessage = regexp.MustCompile("`(\\{\"(?:type|runId)\".*?\\})`")

func TestMigrationMessagesAreValid(t *testing.T) {
	t.Parallel()
	messages := inlineMessage.FindAllStringSubmatch(read(t, migration), -1)
	if len(messages) != 4 {
		t.Errorf("%d messages, want 4", len(messages))
	}
	for _, message := range messages {
		if _, err := flow.ParseMessage(message[1]); err != nil {
			t.Errorf("%s: %v", message[1], err)
		}
	}
}

// Each code that the tables name exists.
func TestMigrationNamesExist(t *testing.T) {
	t.Parallel()
	codes := read(t, "pkg/flow/issues.go")
	for _, code := range regexp.MustCompile(`\b[A-Z]+(?:_[A-Z]+)+\b`).FindAllString(read(t, migration), -1) {
		if !variableName.MatchString(code) && !strings.Contains(codes, `"`+code+`"`) {
			t.Errorf("there is no code %s", code)
		}
	}
}

// The worker in the document compiles, in a module that requires this one.
func TestMigrationWorkerBuilds(t *testing.T) {
	t.Parallel()
	dir, repository := t.TempDir(), root
	repository, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	goMod := strings.Replace(read(t, "go.mod"), "module github.com/flowcraft-go/flowcraft\n", "module example.com/tickets\n", 1) +
		fmt.Sprintf("\nrequire github.com/flowcraft-go/flowcraft v0.0.0\n\nreplace github.com/flowcraft-go/flowcraft => %s\n", repository)
	for name, content := range map[string]string{"main.go": block(t, migration, "go", "lambdaflow.Worker"), "go.mod": goMod, "go.sum": read(t, "go.sum")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "vet", ".")
	build.Dir, build.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
