package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// patience limits each wait: a longer one means a deadlock.
const patience = 300 * time.Second

// timeout is the functions' timeout.
const timeout = 5 * time.Second

// line is a line of the command's output.
type line map[string]any

func (l line) text(key string) string { s, _ := l[key].(string); return s }
func (l line) number(key string) int  { n, _ := l[key].(float64); return int(n) }

// dev is a running "flowctl dev".
type dev struct {
	*testing.T
	localstack.Info
	dir     string // of the trace, the nodes' notes and the output
	cmd     *exec.Cmd
	stderr  bytes.Buffer
	queue   *sqs.Client
	db      *dynamodb.Client
	env     []string                // of the test's own flowctl commands, beside how to reach the stack
	said    string                  // to stderr, by the last of them
	reports map[string]*flow.Report // of runs that have ended, by id

	mu     sync.Mutex
	raw    bytes.Buffer // the whole output
	lines  []line
	more   chan struct{} // closed and replaced with each line
	closed chan struct{} // at the end of the output
}

// start starts the command, with flags and with settings, FLOW_…=…, of its
// environment. It ends with the test, and must leave nothing behind.
func start(t *testing.T, options ...string) *dev {
	t.Helper()
	d := &dev{T: t, dir: t.ArtifactDir(), reports: map[string]*flow.Report{}, more: make(chan struct{}), closed: make(chan struct{})}
	var args []string
	settings := append(os.Environ(), "TMPDIR="+d.dir, "FLOW_E2E_DIR="+d.dir, "LOG_LEVEL=info")
	for _, option := range options {
		if strings.HasPrefix(option, "FLOW_") {
			settings = append(settings, option)
		} else {
			args = append(args, option)
		}
	}
	if slices.Contains(args, "--reconciler") { // the other stacks stay fast
		args = append(args, "--trace-access", d.file("access"))
	}
	args = append([]string{"dev"}, orElse(args, "--worker", worker, "--blueprints", "testdata/blueprints",
		"--timeout", timeout.String(), "--visibility", "7s", "--max-receives", "5", "--sandboxes", "3", "--batch", "10",
		"--trace-writes", d.file("trace"))...)
	d.cmd = exec.Command(flowctl, args...)
	d.cmd.Env = settings
	d.cmd.Stderr = &d.stderr
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(d.file("log"))
	if err != nil {
		t.Fatal(err)
	}
	go d.read(bufio.NewScanner(stdout), log)
	t.Cleanup(func() {
		if d.cmd.ProcessState == nil {
			d.stop(syscall.SIGTERM)
		}
		d.allowed()
		if t.Failed() {
			t.Logf("log:\n%s", d.excerpt())
		}
	})
	first := d.await("the stack's first line", func(l line) bool { return l.text("queueUrl") != "" })
	encoded, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded, &d.Info); err != nil {
		t.Fatal(err)
	}
	d.queue = sqs.NewFromConfig(servers.AWSConfig(d.SQSEndpoint))
	d.db = dynamodb.NewFromConfig(servers.AWSConfig(d.DynamoDBEndpoint))
	return d
}

// orElse adds the flags that are not among the arguments.
func orElse(args []string, flags ...string) []string {
	for flag := range slices.Chunk(flags, 2) {
		if !slices.Contains(args, flag[0]) {
			args = append(args, flag...)
		}
	}
	return args
}

func (d *dev) file(name string) string { return filepath.Join(d.dir, name) }

// read keeps the output, and copies it to a file.
func (d *dev) read(scanner *bufio.Scanner, log *os.File) {
	defer close(d.closed)
	defer log.Close()
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var l line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			d.Errorf("line %s is not a JSON object: %v", scanner.Text(), err)
		}
		text := append(scanner.Bytes(), '\n')
		if _, err := log.Write(text); err != nil {
			d.Error(err)
		}
		d.mu.Lock()
		d.raw.Write(text)
		d.lines = append(d.lines, l)
		close(d.more)
		d.more = make(chan struct{})
		d.mu.Unlock()
	}
}

// matching returns the lines so far that match.
func (d *dev) matching(match func(line) bool) (found []line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.lines {
		if match(l) {
			found = append(found, l)
		}
	}
	return found
}

// follow yields the lines from a number on as they arrive, until the context or the
// output ends.
func (d *dev) follow(ctx context.Context, from int) iter.Seq[line] {
	return func(yield func(line) bool) {
		for {
			d.mu.Lock()
			lines, more := d.lines[from:], d.more
			d.mu.Unlock()
			for _, l := range lines {
				if !yield(l) {
					return
				}
			}
			from += len(lines)
			select {
			case <-more:
			case <-d.closed:
				return
			case <-ctx.Done():
				return
			}
		}
	}
}

// printed returns the number of lines so far.
func (d *dev) printed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.lines)
}

// await returns the first line that matches.
func (d *dev) await(what string, match func(line) bool) line {
	d.Helper()
	return d.awaitAfter(0, what, match)
}

// awaitAfter returns the first line that matches from a number on.
func (d *dev) awaitAfter(from int, what string, match func(line) bool) line {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), patience)
	defer cancel()
	for l := range d.follow(ctx, from) {
		if match(l) {
			return l
		}
	}
	d.Fatalf("no %s within %s or to the end of the output: %s", what, patience, &d.stderr)
	return nil
}

// eventually waits until done returns no complaint. It asks less often the longer it
// waits: many tests wait at the same time, and asking is what keeps the machine busy.
func (d *dev) eventually(done func() (complaint string)) {
	d.Helper()
	begun := time.Now()
	complaint := done()
	for ; complaint != "" && time.Since(begun) < patience; complaint = done() {
		time.Sleep(min(50*time.Millisecond+time.Since(begun)/20, time.Second))
	}
	if complaint != "" {
		d.Fatalf("%s, after %s", complaint, patience)
	}
}

// sandboxes returns the printed pids of a function's running processes.
func (d *dev) sandboxes(function string) (pids []int) {
	live := map[int]bool{}
	for _, l := range d.matching(func(l line) bool { return l.text("sandbox") != "" && l.text("function") == function }) {
		live[l.number("pid")] = l.text("sandbox") == "start"
	}
	for pid, alive := range live {
		if alive {
			pids = append(pids, pid)
		}
	}
	return pids
}

// excerpt returns the output without the many lines of normal operation.
func (d *dev) excerpt() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var kept []string
	for text := range strings.Lines(d.raw.String()) {
		if !strings.Contains(text, `"msg":"node finished"`) && !strings.Contains(text, `"msg":"run started"`) {
			kept = append(kept, text[:min(len(text), 600)])
		}
	}
	if len(kept) > 200 {
		kept = append(kept[:100], kept[len(kept)-100:]...)
	}
	return strings.Join(kept, "")
}

// stop signals the command, which must exit with 0 and leave no process behind.
func (d *dev) stop(signal syscall.Signal) {
	d.Helper()
	below := children(d.T, d.cmd.Process.Pid)
	if err := d.cmd.Process.Signal(signal); err != nil {
		d.Fatal(err)
	}
	select {
	case <-d.closed:
	case <-time.After(patience):
		_ = d.cmd.Process.Kill()
		d.Errorf("flowctl dev has not ended %s after %s", patience, signal)
	}
	_ = d.cmd.Wait() // the exit code is checked below
	if code := d.cmd.ProcessState.ExitCode(); code != 0 || d.stderr.Len() > 0 {
		d.Errorf("exit code after %s = %d, want 0, and nothing on stderr: %s", signal, code, &d.stderr)
	}
	for _, l := range d.matching(func(l line) bool { return l.text("sandbox") == "start" }) {
		below = append(below, l.number("pid"))
	}
	if len(below) < 3 {
		d.Errorf("processes = %v, want two servers and a sandbox at least", below)
	}
	for _, pid := range below {
		gone(d.T, pid)
	}
}

// children returns all processes below one.
func children(t *testing.T, pid int) (all []int) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range tasks {
		list, _ := os.ReadFile(path) // a thread may have ended
		for field := range strings.FieldsSeq(string(list)) {
			var child int
			if _, err := fmt.Sscan(field, &child); err != nil {
				t.Fatal(err)
			}
			all = append(append(all, child), children(t, child)...)
		}
	}
	return all
}

// gone waits for the end of a process that is not the test's own child. Its pid may
// have been reused by another program meanwhile.
func gone(t *testing.T, pid int) {
	t.Helper()
	for range 500 {
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil || !slices.Contains([]string{worker, ownWorker, reconciler}, exe) && !strings.Contains(exe, "node") && !strings.Contains(exe, "dynoxide") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}
