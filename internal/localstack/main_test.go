package localstack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/buildtest"
	"github.com/flowcraft-go/flowcraft/internal/localstack"
)

var binary string // of testdata/function

func TestMain(m *testing.M) {
	buildtest.Main(m, buildtest.Command{Path: &binary, Name: "bootstrap", Source: "./testdata/function"})
}

// output collects JSON lines.
type output struct {
	t     *testing.T
	mu    sync.Mutex
	rest  []byte
	lines []map[string]any
	more  chan struct{} // closed and replaced with each line
}

func newOutput(t *testing.T) *output { return &output{t: t, more: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rest = append(o.rest, p...)
	for {
		line, rest, found := bytes.Cut(o.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		o.rest = rest
		var decoded map[string]any
		if err := json.Unmarshal(line, &decoded); err != nil {
			o.t.Errorf("line %s is not a JSON object: %v", line, err)
		}
		o.lines = append(o.lines, decoded)
		close(o.more)
		o.more = make(chan struct{})
	}
}

// matching returns the lines so far that have all of want's values.
func (o *output) matching(want map[string]any) []map[string]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []map[string]any
	for _, line := range o.lines {
		if has(line, want) {
			found = append(found, line)
		}
	}
	return found
}

func has(line, want map[string]any) bool {
	for key, value := range want {
		if got, ok := line[key]; !ok || value != nil && got != value {
			return false
		}
	}
	return true
}

// await returns the first count lines that have all of want's values; nil matches any
// value.
func (o *output) await(count int, want map[string]any) []map[string]any {
	o.t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		o.mu.Lock()
		more := o.more
		o.mu.Unlock()
		if found := o.matching(want); len(found) >= count {
			return found[:count]
		}
		select {
		case <-more:
		case <-timeout:
			o.t.Fatalf("no %d lines with %v in\n%v", count, want, o.lines)
		}
	}
}

func pid(line map[string]any, key string) int { return int(line[key].(float64)) }

// gone waits for the end of a process that is not the test's own child.
func gone(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

func newFunction(t *testing.T, out *output, concurrency int, env ...string) *localstack.Function {
	f := localstack.NewFunction(localstack.FunctionConfig{
		Name: "tested", Binary: binary, Env: env,
		Timeout: 20 * time.Second, Concurrency: concurrency, Log: localstack.NewLog(out),
	})
	t.Cleanup(f.Stop)
	return f
}

// event returns a payload with records of those bodies, with ids "0", "1", …
func event(bodies ...string) []byte {
	type record struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
	}
	var records []record
	for i, body := range bodies {
		records = append(records, record{fmt.Sprint(i), body})
	}
	encoded, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		panic(err)
	}
	return encoded
}

func invoke(t *testing.T, f *localstack.Function, bodies ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	response, err := f.Invoke(ctx, event(bodies...))
	return string(response), err
}
