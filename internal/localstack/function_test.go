package localstack_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
)

func TestInvoke(t *testing.T) {
	t.Parallel()
	out := newOutput(t)
	f := newFunction(t, out, 1)
	for _, c := range []struct {
		body, response, errorType, message string
	}{
		{"ok", `{"batchItemFailures":null}`, "", ""},
		{"fail", `{"batchItemFailures":[{"itemIdentifier":"0"}]}`, "", ""},
		{"null", `null`, "", ""},
		{"error late", "", "errorString", "refused: late"},
		{"ok after an error", `{"batchItemFailures":null}`, "", ""},
		{"panic wrong", "", "string", "wrong"},
		{"ok after a panic", `{"batchItemFailures":null}`, "", ""},
		{"crash", "", localstack.TypeExit, "exit status 3"},
		{"ok after a crash", `{"batchItemFailures":null}`, "", ""},
	} {
		response, err := invoke(t, f, c.body)
		failure, _ := errors.AsType[*localstack.FunctionError](err)
		switch {
		case c.errorType == "" && (err != nil || response != c.response):
			t.Errorf("%s: %s, %v, want %s", c.body, response, err, c.response)
		case c.errorType != "" && (failure == nil || failure.Type != c.errorType || !strings.Contains(failure.Message, c.message)):
			t.Errorf("%s: error %v, want %s: %s", c.body, err, c.errorType, c.message)
		case failure != nil && (failure.Function != "tested" || failure.RequestID == ""):
			t.Errorf("%s: error %+v, want function and request id", c.body, failure)
		}
	}
	// A process continues after an error that it reports, not after a panic or its
	// exit.
	if started := out.matching(map[string]any{"sandbox": "start"}); len(started) != 3 {
		t.Errorf("sandboxes = %v, want 3", started)
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	out := newOutput(t)
	f := newFunction(t, out, 1, "FLOW_QUEUE_URL=here")
	if _, err := invoke(t, f, "crash"); err == nil {
		t.Fatal("no error")
	}
	f.Stop()
	var got []map[string]any
	for _, line := range out.matching(nil) {
		delete(line, "time")
		if _, ok := line["pid"]; ok {
			line["pid"] = "PID"
		}
		got = append(got, line)
	}
	want := []map[string]any{
		{"sandbox": "start", "function": "tested", "pid": "PID"},
		{"function": "tested", "line": "starting with here"},
		{"handled": "crash", "receives": "", "pid": "PID"},
		{"function": "tested", "line": "about to crash"},
		{"sandbox": "end", "function": "tested", "pid": "PID", "reason": "exit status 3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got)\n%s", diff)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	out := newOutput(t)
	f := localstack.NewFunction(localstack.FunctionConfig{
		Name: "tested", Binary: binary, Timeout: time.Second, Concurrency: 1, Log: localstack.NewLog(out),
	})
	t.Cleanup(f.Stop)
	_, err := invoke(t, f, "hang")
	if failure, ok := errors.AsType[*localstack.FunctionError](err); !ok || failure.Type != localstack.TypeTimeout {
		t.Fatalf("error = %v, want a timeout", err)
	}
	// Both the process and the child that it started are killed.
	gone(t, pid(out.await(1, map[string]any{"sandbox": "end", "reason": "timeout"})[0], "pid"))
	gone(t, pid(out.await(1, map[string]any{"child": nil})[0], "child"))
	if _, err := invoke(t, f, "deadline"); err != nil {
		t.Errorf("the next invocation: %v", err)
	}
	if left := pid(out.await(1, map[string]any{"left": nil})[0], "left"); left <= 0 || left > 1000 {
		t.Errorf("the function has %d ms left, want its timeout", left)
	}
}

func TestInitFailure(t *testing.T) {
	t.Parallel()
	f := newFunction(t, newOutput(t), 1, "FLOW_TEST_INIT=fail")
	_, invokeErr := invoke(t, f, "ok")
	for _, err := range []error{f.Warm(t.Context()), invokeErr} {
		failure, ok := errors.AsType[*localstack.FunctionError](err)
		if !ok || failure.Type != localstack.TypeInit {
			t.Fatalf("error = %v, want an init error", err)
		}
		for _, want := range []string{"exit status 1", "FLOW_QUEUE_URL is not set"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
		}
	}
}

func TestSandboxes(t *testing.T) {
	t.Parallel()
	out := newOutput(t)
	f := newFunction(t, out, 3)
	// Each invocation ends only when all three are running, each in its own process.
	body := "until " + t.TempDir() + " 3"
	var together sync.WaitGroup
	for range 3 {
		together.Go(func() {
			if _, err := invoke(t, f, body); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	for range 6 { // by the existing sandboxes
		if _, err := invoke(t, f, "ok"); err != nil {
			t.Error(err)
		}
	}
	started := out.matching(map[string]any{"sandbox": "start"})
	if len(started) != 3 {
		t.Fatalf("sandboxes = %v, want 3", started)
	}
	built, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range started {
		running, err := os.ReadFile(fmt.Sprintf("/proc/%d/exe", pid(line, "pid")))
		if err != nil {
			t.Error(err)
		} else if sha256.Sum256(running) != sha256.Sum256(built) {
			t.Errorf("process %v runs another binary than %s", line["pid"], binary)
		}
	}
	f.Stop()
	for _, line := range started {
		gone(t, pid(line, "pid"))
	}
	if ended := out.matching(map[string]any{"sandbox": "end", "reason": "stopped"}); len(ended) != 3 {
		t.Errorf("ends = %v, want 3", ended)
	}
}

func TestConcurrencyIsALimit(t *testing.T) {
	t.Parallel()
	out := newOutput(t)
	f := newFunction(t, out, 2)
	var together sync.WaitGroup
	for range 8 {
		together.Go(func() {
			if _, err := invoke(t, f, "ok"); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	if started := out.matching(map[string]any{"sandbox": "start"}); len(started) > 2 {
		t.Errorf("sandboxes = %v, want 2 at most", started)
	}
}

func TestStopDuringInvocation(t *testing.T) {
	t.Parallel()
	out := newOutput(t)
	f := newFunction(t, out, 1)
	failed := make(chan error)
	go func() {
		_, err := invoke(t, f, "hang")
		failed <- err
	}()
	child := pid(out.await(1, map[string]any{"child": nil})[0], "child")
	f.Stop()
	if err := <-failed; err == nil {
		t.Error("the invocation succeeded, want an error")
	}
	gone(t, child)
	gone(t, pid(out.await(1, map[string]any{"sandbox": "end"})[0], "pid"))
	if _, err := invoke(t, f, "ok"); err == nil {
		t.Error("the stopped function took an invocation")
	}
}

func TestSandboxesHaveTheLimitsOfLambda(t *testing.T) {
	t.Parallel()
	out := newOutput(t)
	f := localstack.NewFunction(localstack.FunctionConfig{
		Name: "tested", Binary: binary, Timeout: 20 * time.Second, Memory: 300, Concurrency: 1, Log: localstack.NewLog(out),
	})
	t.Cleanup(f.Stop)
	if _, err := invoke(t, f, "limits"); err != nil {
		t.Fatal(err)
	}
	limits := out.await(1, map[string]any{"descriptors": nil})[0]
	if limits["descriptors"] != 1024.0 || limits["memory"] != "300" {
		t.Errorf("the limits are %v, want 1024 descriptors and the memory of the configuration", limits)
	}
}
