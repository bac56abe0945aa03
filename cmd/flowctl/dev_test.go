package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/buildtest"
	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The binaries of this command and of the local stack's test function.
var flowctl, worker string

func TestMain(m *testing.M) {
	buildtest.Main(m,
		buildtest.Command{Path: &flowctl, Name: "flowctl", Source: "."},
		buildtest.Command{Path: &worker, Name: "bootstrap", Source: "../../internal/localstack/testdata/function"},
	)
}

// dev is a running "flowctl dev".
type dev struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr bytes.Buffer
}

func startDev(t *testing.T, env []string, args ...string) *dev {
	t.Helper()
	d := &dev{t: t, cmd: exec.Command(flowctl, append([]string{"dev", "--blueprints", t.TempDir()}, args...)...)}
	d.cmd.Env = append(append(os.Environ(), "TMPDIR="+t.TempDir()), env...) // killed, it leaves files
	d.start()
	return d
}

// start starts the command; the end of the test kills it.
func (d *dev) start() {
	d.t.Helper()
	d.cmd.Stderr = &d.stderr
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = d.cmd.Process.Kill(); _ = d.cmd.Wait() })
	d.lines = bufio.NewScanner(stdout)
}

// next returns the next line with the key, or any line if the key is "".
func (d *dev) next(key string) map[string]any {
	d.t.Helper()
	for d.lines.Scan() {
		var line map[string]any
		if err := json.Unmarshal(d.lines.Bytes(), &line); err != nil {
			d.t.Fatalf("line %s is not a JSON object: %v", d.lines.Text(), err)
		}
		if _, ok := line[key]; ok || key == "" {
			return line
		}
	}
	d.t.Fatalf("no line with %q: %s", key, &d.stderr)
	return nil
}

func (d *dev) send(info map[string]any, body string) {
	d.t.Helper()
	queue := sqs.NewFromConfig(servers.AWSConfig(info["sqsEndpoint"].(string)))
	url := info["queueUrl"].(string)
	if _, err := queue.SendMessage(d.t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		d.t.Fatal(err)
	}
}

// children returns all processes below one.
func children(t *testing.T, pid int) []int {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for _, path := range tasks {
		list, _ := os.ReadFile(path) // a thread may have ended
		for field := range strings.FieldsSeq(string(list)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			all = append(append(all, child), children(t, child)...)
		}
	}
	return all
}

func gone(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	t.Errorf("process %d is still there: %q", pid, command)
}

func TestDevEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signal syscall.Signal
		code   int
	}{
		"with_SIGTERM": {syscall.SIGTERM, 0},
		"with_SIGINT":  {syscall.SIGINT, 0},
		"with_SIGKILL": {syscall.SIGKILL, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := startDev(t, nil, "--worker", worker)
			info := d.next("")
			d.send(info, "hang") // so that a process of the function, with a child, is at work
			d.next("child")
			below := children(t, d.cmd.Process.Pid)
			if len(below) < 4 { // two servers, the function and its child
				t.Fatalf("processes = %v, want 4 at least", below)
			}
			if err := d.cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			for d.lines.Scan() {
				if !json.Valid(d.lines.Bytes()) {
					t.Errorf("line %s is not JSON", d.lines.Text())
				}
			}
			_ = d.cmd.Wait() // the exit code is checked below
			if code := d.cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit code = %d, want %d: %s", code, c.code, &d.stderr)
			}
			for _, pid := range below {
				if c.signal == syscall.SIGKILL && strings.Contains(commandLine(pid), "sleep") {
					_ = syscall.Kill(pid, syscall.SIGKILL) // only dev itself ends the children of a function
				}
				gone(t, pid)
			}
		})
	}
}

func commandLine(pid int) string {
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // empty if it has ended
	return string(command)
}

// Nothing that a function prints steers the terminal, and it keeps its meaning.
func TestDevPrintsNoControlCharacters(t *testing.T) {
	t.Parallel()
	d := startDev(t, []string{"FLOW_TEST_PRINT=1", "FLOW_TEST_TEXT=a\u009b31m\u202e\u007f"}, "--worker", worker)
	got := d.next("env")["env"].(map[string]any)["FLOW_TEST_TEXT"]
	if line := d.lines.Text(); got != "a\u009b31m\u202e\u007f" || strings.ContainsAny(line, "\u009b\u202e\u007f") {
		t.Errorf("dev prints %q of %q", line, got)
	}
}

func TestDevPassesSettingsOn(t *testing.T) {
	t.Parallel()
	d := startDev(t, []string{"FLOW_TEST_PRINT=1", "FLOW_MAX_HOPS=7", "FLOW_TIMEOUT=1h", "FLOW_STRANDS=3", "LOG_LEVEL=debug", "SECRET=x", "GOGC=50"},
		"--worker", worker, "--timeout", "3s", "--max-receives", "2", "--stalled-after", "40s",
		"--env", "GOMEMLIMIT=200MiB", "--env", "FLOW_STRANDS=2", "--env", "GREETING=a=b,c;d")
	info := d.next("")
	env := d.next("env")["env"].(map[string]any)
	for name, want := range map[string]any{
		"FLOW_QUEUE_URL":            info["queueUrl"],
		"FLOW_CONTEXT_TABLE":        info["contextTable"],
		"FLOW_STATUS_TABLE":         info["statusTable"],
		"FLOW_COORDINATION_TABLE":   info["coordinationTable"],
		"FLOW_TIMEOUT":              "3s",
		"FLOW_VISIBILITY":           "18s",
		"FLOW_MAX_RECEIVES":         "2",
		"FLOW_STALLED_AFTER":        "40s",
		"FLOW_MAX_HOPS":             "7",
		"LOG_LEVEL":                 "debug",
		"FLOW_METRICS":              "off", // unless it is set
		"AWS_ENDPOINT_URL_SQS":      info["sqsEndpoint"],
		"AWS_ENDPOINT_URL_DYNAMODB": info["dynamodbEndpoint"],
		"AWS_REGION":                info["region"],
		"AWS_ACCESS_KEY_ID":         info["accessKeyId"],
		"AWS_SECRET_ACCESS_KEY":     info["secretAccessKey"],
		"AWS_LAMBDA_FUNCTION_NAME":  "worker",
		"AWS_LAMBDA_LOG_FORMAT":     "JSON",
		"SECRET":                    nil,
		"GOGC":                      nil, // --env does not name it
		"GOMEMLIMIT":                "200MiB",
		"GREETING":                  "a=b,c;d",
		"FLOW_STRANDS":              "2", // --env comes after the command's own environment
	} {
		if got := env[name]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if folder, _ := env["FLOW_BLUEPRINTS"].(string); !filepath.IsAbs(folder) {
		t.Errorf("FLOW_BLUEPRINTS = %q, want an absolute path", folder)
	}
}

// A shell that reads the file can use the stack at once, without other settings.
func TestDevWritesAFileForShells(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flow env")
	d := startDev(t, nil, "--worker", worker, "--env-file", file)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("there is no file: %s", &d.stderr)
		}
	}
	for args, want := range map[string]int{"start shop --run-id r": 0, "inspect nobody": exitUnknown, "dlq redrive --dry-run": 0} {
		shell := exec.CommandContext(t.Context(), "/bin/sh", "-c", `. "$0"; exec "$@"`, file, flowctl)
		shell.Args, shell.Env = append(shell.Args, strings.Fields(args)...), []string{"HOME=" + t.TempDir()}
		out, _ := shell.CombinedOutput() // the exit code is checked below
		if code := shell.ProcessState.ExitCode(); code != want {
			t.Errorf("flowctl %s: exit code %d, want %d: %s", args, code, want, out)
		}
	}
}

func TestDevRunsAReconciler(t *testing.T) {
	t.Parallel()
	t.Run("that_is_named", func(t *testing.T) {
		t.Parallel()
		d := startDev(t, nil, "--worker", worker, "--reconciler", worker, "--tick", "50ms")
		d.next("scheduled")
	})
	t.Run("that_was_built_with_the_worker", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		for _, name := range []string{"worker", "reconciler"} {
			if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Dir(worker))); err != nil {
				t.Fatal(err)
			}
		}
		d := startDev(t, nil, "--worker", filepath.Join(dir, "worker", "bootstrap"), "--tick", "50ms")
		d.next("scheduled")
	})
	t.Run("or_says_that_there_is_none", func(t *testing.T) {
		t.Parallel()
		d := startDev(t, nil, "--worker", worker)
		if line := d.next("level"); line["level"] != "WARN" || !strings.Contains(line["msg"].(string), "--reconciler") {
			t.Errorf("line %v, want how to name a reconciler", line)
		}
	})
}

func TestDevFails(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	broken, crashing, empty := t.TempDir(), t.TempDir(), t.TempDir()
	writeWorker(t, broken, `func main() { undefined() }`)
	writeWorker(t, crashing, `func main() { println("cannot start"); panic("no settings") }`)
	for name, c := range map[string]struct {
		dir  string
		args []string
		code int
		want string
	}{
		"with_the_compiler's_output":        {broken, []string{"--blueprints", "."}, exitFailed, "undefined: undefined"},
		"with_the_output_of_its_worker":     {crashing, []string{"--blueprints", ".", "--servers", root}, exitFailed, "cannot start"},
		"outside_of_a_module":               {empty, []string{"--blueprints", "."}, exitFailed, "--worker"},
		"without_blueprints":                {empty, []string{"--blueprints", "none"}, exitUsage, "none"},
		"without_the_servers":               {empty, []string{"--blueprints", ".", "--worker", worker}, exitFailed, "npm ci --ignore-scripts"},
		"with_an_unknown_flag":              {empty, []string{"--color"}, exitUsage, "--color"},
		"with_a_batch_that_needs_a_window":  {empty, []string{"--blueprints", ".", "--worker", worker, "--batch", "11"}, exitUsage, "batch window is 0s, must be up to 5m0s, and at least 1s for batches above 10"},
		"with_a_batch_that_SQS_never_gives": {empty, []string{"--blueprints", ".", "--worker", worker, "--batch", "10001", "--batch-window", "1s"}, exitUsage, "batch is 10001"},
		"with_a_tick_without_a_unit":        {empty, []string{"--blueprints", ".", "--tick", "30"}, exitUsage, "--tick"},
		"with_a_variable_of_the_stack":      {empty, []string{"--blueprints", ".", "--worker", worker, "--env", "FLOW_QUEUE_URL=x"}, exitUsage, "--env FLOW_QUEUE_URL: the local stack sets it, as AWS_ACCESS_KEY_ID, "},
		"with_credentials":                  {empty, []string{"--blueprints", ".", "--worker", worker, "--env", "AWS_SECRET_ACCESS_KEY=x"}, exitUsage, "--env AWS_SECRET_ACCESS_KEY: the local stack sets it"},
		"with_a_variable_that_has_a_flag":   {empty, []string{"--blueprints", ".", "--worker", worker, "--env", "FLOW_STALLED_AFTER=1s"}, exitUsage, "--env FLOW_STALLED_AFTER: use --stalled-after"},
		"with_a_variable_that_has_no_name":  {empty, []string{"--blueprints", ".", "--worker", worker, "--env", "=x"}, exitUsage, "is no name of a variable"},
		"with_a_timeout_without_a_unit":     {empty, []string{"--blueprints", ".", "--timeout", "30"}, exitUsage, "--timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"dev"}, c.args...)
			cmd := exec.Command(flowctl, args...)
			cmd.Dir = c.dir
			var stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = io.Discard, &stderr
			cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
			_ = cmd.Run() // the exit code is checked below
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(stderr.String(), c.want) {
				t.Errorf("exit code %d, want %d; want %q in\n%s", code, c.code, c.want, &stderr)
			}
		})
	}
}

func writeWorker(t *testing.T, dir, source string) {
	t.Helper()
	folder := filepath.Join(dir, "functions", "worker")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		filepath.Join(dir, "go.mod"):     "module example.com/deployment\n\ngo 1.26\n",
		filepath.Join(folder, "main.go"): "package main\n\n" + source + "\n",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDevRunsWorkflows: dev builds this module's worker, start sends it a run,
// and the trace has each node's outcome once.
func TestDevRunsWorkflows(t *testing.T) {
	t.Parallel()
	trace := filepath.Join(t.TempDir(), "trace.jsonl")
	shop := newShop(t)
	d := &dev{t: t, cmd: exec.Command(flowctl, "dev", "--trace-writes", trace, "--blueprints", shop.folder, "--secret", "shop=s3cret", "--secret", "ssm:/shop=s3cret")}
	d.cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), "FLOW_METRICS=emf", "FLOW_HTTP_ALLOW_PRIVATE=127.0.0.1")
	d.cmd.Dir = "../.." // the module's root
	d.start()
	info := d.next("")
	start := exec.Command(flowctl, "start", "order", "--run-id", "run-1", "--wait", "--input",
		`{"orderId":"A-17","customer":"ada@example.com","items":[{"sku":"lamp","quantity":3,"unitPrice":40}]}`)
	for name, key := range map[string]string{
		"FLOW_QUEUE_URL": "queueUrl", "FLOW_CONTEXT_TABLE": "contextTable", "FLOW_STATUS_TABLE": "statusTable",
		"FLOW_COORDINATION_TABLE": "coordinationTable", "AWS_REGION": "region", "AWS_ACCESS_KEY_ID": "accessKeyId",
		"AWS_SECRET_ACCESS_KEY": "secretAccessKey", "AWS_ENDPOINT_URL_SQS": "sqsEndpoint", "AWS_ENDPOINT_URL_DYNAMODB": "dynamodbEndpoint",
	} {
		start.Env = append(start.Env, name+"="+info[key].(string))
	}
	var stderr bytes.Buffer
	start.Stderr = &stderr
	printed, err := start.Output()
	if err != nil {
		t.Fatalf("start: %v: %s", err, &stderr)
	}
	var report flow.Report
	if err := json.Unmarshal(printed, &report); err != nil || report.Status != flow.Completed {
		t.Fatalf("report %s: %v", printed, err)
	}
	want := map[string]int{}
	for _, node := range report.Nodes {
		if node.State == flow.TaskDone {
			want["node#"+node.ID] = 1
		}
	}
	if diff := cmp.Diff(want, outcomes(t, trace)); len(want) == 0 || diff != "" {
		t.Errorf("outcomes in the trace (-want +got)\n%s", diff)
	}
	if line := d.next("RunsCompleted"); line["RunsCompleted"] != 1.0 || line["Blueprint"] != nil || line["Flow"] != "worker" {
		t.Errorf("metrics: %v, want the run that has completed", line)
	}
	buy := exec.Command(flowctl, "start", "buy", "--wait")
	buy.Env = start.Env
	if out, err := buy.CombinedOutput(); err != nil || strings.Contains(string(out), "s3cret") {
		t.Errorf("a run with secrets: %v: %s", err, out)
	}
}

// outcomes counts the lines of a trace that write a task's outcome.
func outcomes(t *testing.T, trace string) map[string]int {
	t.Helper()
	written, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for decoder := json.NewDecoder(bytes.NewReader(written)); decoder.More(); {
		var line struct{ RunID, Key, Op, State, Owner string }
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.RunID != "run-1" || line.Op == "" || line.Owner == "" {
			t.Errorf("line = %+v, want the run, an operation and an owner", line)
		}
		if flow.State(line.State).Committed() {
			counts[line.Key]++
		}
	}
	return counts
}
