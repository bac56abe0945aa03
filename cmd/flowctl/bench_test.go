package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/bench"
)

// benchOf runs "flowctl bench" in this module's root.
func benchOf(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(flowctl, append([]string{"bench"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "../..", &out, &errs
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	_ = cmd.Run() // the exit code is returned
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func blueprints(t *testing.T, name, text string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// Bench builds this module's worker, and has it run a blueprint.
func TestBench(t *testing.T) {
	t.Parallel()
	folder := blueprints(t, "two", `{"id":"two","nodes":[{"id":"a","uses":"eval","params":{"expression":"input"}},{"id":"b","uses":"pass"}],"edges":[{"source":"a","target":"b"}]}`)
	stdout, stderr, code := benchOf(t, "two", "--blueprints", folder, "--runs", "20", "--at-once", "4", "--input", "7", "--env", "GOGC=400", "--json")
	var report bench.Report
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v: %s\n%s", code, err, stdout, stderr)
	}
	if report.Runs != 20 || report.Failed != 0 || report.Nodes != 40 || report.NodesPerSecond <= 0 || report.DynamoDBPerNode <= 0 {
		t.Errorf("report %+v, want 20 runs of 2 nodes", report)
	}
}

// The text for people, and the exit code of runs that fail.
func TestBenchOfFailedRuns(t *testing.T) {
	t.Parallel()
	folder := blueprints(t, "broken", `{"id":"broken","nodes":[{"id":"a","uses":"fail"}],"edges":[]}`)
	stdout, stderr, code := benchOf(t, "broken", "--blueprints", folder, "--runs", "3", "--rate", "50")
	if code != exitFailed || !strings.Contains(stdout, "broken: 3 runs, 3 of them not completed, 0 nodes in ") || !strings.Contains(stdout, "\nmessages a run              1.00\n") {
		t.Errorf("exit code %d: %s\n%s", code, stdout, stderr)
	}
}

func TestBenchEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(flowctl, "bench", "none-ends", "--blueprints", blueprints(t, "none-ends", `{"id":"none-ends","nodes":[{"id":"a","uses":"missing"}],"edges":[]}`),
		"--worker", worker, "--runs", "3", "--limit", "12s")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var below []int
	for range 1000 {
		if below = children(t, cmd.Process.Pid); len(below) >= 3 { // two servers and the function
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = cmd.Wait() // the exit code is checked below
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(stderr.String(), "0 of 5 runs have ended: the time limit has passed: --limit 12s") {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
	if len(below) < 3 {
		t.Errorf("processes %v, want 3 at least", below)
	}
	for _, pid := range below {
		gone(t, pid)
	}
}

func TestBenchRefuses(t *testing.T) {
	t.Parallel()
	folder := blueprints(t, "two", `{"id":"two","nodes":[{"id":"a","uses":"pass"}],"edges":[]}`)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"another blueprint": {[]string{"three"}, `no blueprint "three" in the folder`},
		"no runs":           {[]string{"two", "--runs", "0"}, "--runs is 0"},
		"a negative rate":   {[]string{"two", "--rate=-1"}, "--rate is -1"},
		"no number":         {[]string{"two", "--rate", "NaN"}, "--rate is NaN"},
		"no place":          {[]string{"two", "--at-once", "0"}, "--at-once is 0"},
		"no time":           {[]string{"two", "--limit", "0s"}, "--limit is 0s"},
		"a variable":        {[]string{"two", "--env", "FLOW_TIMEOUT=1s"}, "--env FLOW_TIMEOUT: the local stack sets it"},
		"a long latency":    {[]string{"two", "--sqs-latency", "2s"}, "--sqs-latency is 2s"},
		"an input":          {[]string{"two", "--input", "{"}, "--input is not JSON"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := benchOf(t, append(c.args, "--blueprints", folder, "--worker", worker)...)
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, %q: %s", code, stdout, stderr)
			}
		})
	}
}
