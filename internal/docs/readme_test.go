// Package docs keeps the documentation true: its examples are executed.
package docs

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/examples/order"
	"github.com/flowcraft-go/flowcraft/internal/smoke"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// blocks returns the fenced blocks of a language, in order.
func blocks(t *testing.T, name, language string) (found []string) {
	t.Helper()
	for _, match := range fence.FindAllStringSubmatch(read(t, name), -1) {
		if match[1] == language {
			found = append(found, match[2])
		}
	}
	return found
}

// block returns the one block of a language that contains a text.
func block(t *testing.T, name, language, text string) string {
	t.Helper()
	var found []string
	for _, b := range blocks(t, name, language) {
		if strings.Contains(b, text) {
			found = append(found, b)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d %s blocks with %q, want 1", name, len(found), language, text)
	}
	return found[0]
}

// The quick start equals the example, which has its own test.
func TestQuickStartIsTheExample(t *testing.T) {
	t.Parallel()
	source := read(t, "examples/quickstart/main.go")
	_, source, _ = strings.Cut(source, "\npackage main")
	if diff := cmp.Diff("package main"+source, block(t, "README.md", "go", "memory.Run(")); diff != "" {
		t.Errorf("README differs from examples/quickstart (-example +README):\n%s", diff)
	}
}

func TestBlueprintAsDataRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flowctl := filepath.Join(dir, "flowctl")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", flowctl, "../../cmd/flowctl").CombinedOutput(); err != nil {
		t.Fatalf("build flowctl: %v\n%s", err, out)
	}
	script := strings.ReplaceAll(block(t, "README.md", "sh", "flowctl run"), "go run ./cmd/flowctl", flowctl)
	command := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
	command.Dir = dir
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var report flow.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("the report is not JSON: %v\n%s", err, out)
	}
	if report.Status != flow.Completed || string(report.Outputs["review"]) != "120" {
		t.Errorf("report = %s", out)
	}
}

// The example of calls to other systems makes these calls, on the path that its
// results select.
func TestCallingOtherSystems(t *testing.T) {
	t.Parallel()
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			t.Error(err)
		case r.URL.Path == "/v1/items/lamp" && r.Header.Get("Authorization") == "Bearer abc":
			fmt.Fprint(w, `{"price":40}`)
		case r.URL.Path == "/2015-03-31/functions/discount:live/invocations":
			fmt.Fprintf(w, `{"of":%s}`, body)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(outside.Close)
	text := block(t, "docs/nodes.md", "json", `"uses": "lambda"`)
	if !strings.Contains(text, "https://prices.example.com") {
		t.Fatal("the example has another host")
	}
	b, err := flow.CheckBlueprint([]byte(strings.Replace(text, "https://prices.example.com", outside.URL, 1)), lambdaflow.WithNodes(nil))
	if err != nil {
		t.Fatal(err)
	}
	nodes := flow.Registry{
		httpnode.Name: httpnode.New(httpnode.Config{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}),
		lambdanode.Name: lambdanode.New(lambdanode.NewClient(aws.Config{
			Region: "eu-central-1", BaseEndpoint: &outside.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
		})),
	}
	for sku, want := range map[string]string{"lamp": `{"discount":{"of":{"price":40}}}`, "moon": `"status":404`} {
		run := flowtest.Run(t, b, nodes, map[string]string{"sku": sku, "token": "abc"})
		if !strings.Contains(string(run.Result), want) {
			t.Errorf("%s: %s with result %s, want %s", sku, run.Status, run.Result, want)
		}
	}
}

const running = "docs/running.md"

var messageType = regexp.MustCompile(`MessageType = "(\w+)"`)

var messageRow = regexp.MustCompile("(?m)^\\|[^|]*\\| `(\\{.*\\})` \\|$")

// docs/running.md shows every type of message, and each is valid.
func TestMessagesAreValid(t *testing.T) {
	t.Parallel()
	rows := messageRow.FindAllStringSubmatch(read(t, running), -1)
	shown := map[flow.MessageType]bool{}
	for _, row := range rows {
		shown[checkBody(t, row[1]).Kind()] = true
	}
	files, err := filepath.Glob(filepath.Join(root, "pkg/flow/message_*.go"))
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		kind := messageType.FindStringSubmatch(read(t, strings.TrimPrefix(file, root+"/")))
		if kind == nil && !strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s declares no type of messages", file)
		}
		if kind != nil && !shown[flow.MessageType(kind[1])] {
			t.Errorf("%s shows no message of the type %s", running, kind[1])
		}
	}
}

var sentBody = regexp.MustCompile(`--message-body '(.*)'`)

func TestTheMessageToSendStartsTheExample(t *testing.T) {
	t.Parallel()
	sent := sentBody.FindStringSubmatch(block(t, running, "sh", "aws sqs send-message"))
	if sent == nil {
		t.Fatal("no message body")
	}
	checkBody(t, sent[1])
	if sent[1] != smoke.Start {
		t.Errorf("the smoke test sends %s, %s says %s", smoke.Start, running, sent[1])
	}
}

// checkBody checks that the message is valid, and that the input of a start fits the
// example.
func checkBody(t *testing.T, text string) flow.MessageBody {
	t.Helper()
	body, err := flow.ParseMessage(text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
	}
	if body.Type != flow.TypeStart {
		return body
	}
	var o order.Order
	if err := json.Unmarshal(body.Input, &o); err != nil || body.BlueprintID != "order" {
		t.Fatalf("%s starts %s with %v", text, body.BlueprintID, err)
	}
	if _, err := order.Validate(t.Context(), o); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return body
}

var (
	makeTarget = regexp.MustCompile("(?m)(?:`|^)make ([a-z_]+)")
	prose      = regexp.MustCompile("(?m)^make [a-z]+ [a-z]+ [a-z]") // a line that happens to begin with this verb
)

func TestMakeTargetsExist(t *testing.T) {
	t.Parallel()
	makefile := read(t, "Makefile")
	found := 0
	for _, document := range documents(t) {
		for _, match := range makeTarget.FindAllStringSubmatch(prose.ReplaceAllString(read(t, document), ""), -1) {
			found++
			if !regexp.MustCompile(`(?m)^` + match[1] + `:`).MatchString(makefile) {
				t.Errorf("%s says make %s, but the Makefile has no such target", document, match[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("%d targets are named, want more", found)
	}
}

var (
	eventKind = regexp.MustCompile(`EventKind += "([^"]+)"`)
	errorCode = regexp.MustCompile(`Code\w+ += "([^"]+)"`)
	logCall   = regexp.MustCompile(`\.(?:Info|Warn|Error)(?:Context)?\((?:ctx, )?"([^"]+)"`)
)

// Every line of the functions' logs, and every code of an error, is explained in the
// operations guide.
func TestLogLinesAreDocumented(t *testing.T) {
	t.Parallel()
	operations := read(t, "docs/operations.md")
	lines := eventKind.FindAllStringSubmatch(read(t, "pkg/flow/event.go"), -1)
	events := len(lines)
	for _, dir := range []string{"pkg/flow", "pkg/flow/engine", "pkg/dynamo", "pkg/sqsqueue", "pkg/lambdaflow"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				lines = append(lines, logCall.FindAllStringSubmatch(read(t, strings.TrimPrefix(file, root+"/")), -1)...)
			}
		}
	}
	if events == 0 || len(lines) == events {
		t.Fatalf("%d events and %d log lines found", events, len(lines)-events)
	}
	codes := errorCode.FindAllStringSubmatch(read(t, "pkg/flow/node_error.go")+read(t, "pkg/flow/state/errors.go"), -1)
	if len(codes) == 0 {
		t.Error("no error code found")
	}
	for _, line := range append(lines, codes...) {
		if !strings.Contains(operations, "`"+line[1]+"`") {
			t.Errorf("docs/operations.md does not name %q", line[1])
		}
	}
}

var testName = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")

// Every test that a document names exists.
func TestProofsExist(t *testing.T) {
	t.Parallel()
	tests, found := testSources(t), 0
	for _, document := range documents(t) {
		for _, name := range testName.FindAllStringSubmatch(read(t, document), -1) {
			found++
			if !strings.Contains(tests, "\nfunc "+name[1]+"(") {
				t.Errorf("%s names %s, which does not exist", document, name[1])
			}
		}
	}
	if found < 80 {
		t.Errorf("%d tests are named, want more", found)
	}
}

// testSources returns the text of all Go files that have or are tests.
func testSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"pkg", "internal", "cmd", "infra"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			data, err := os.ReadFile(path)
			all.Write(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
