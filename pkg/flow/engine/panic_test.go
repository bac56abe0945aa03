package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// nilError panics when its text is asked for without a value.
type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

// deepPanic panics below several frames.
func deepPanic(depth int) {
	if depth == 0 {
		panic(strings.Repeat("long ", 2000))
	}
	deepPanic(depth - 1)
}

func writeNilMap() { write(nil) }

func write(m map[string]int) { m["secret"] = 42 }

// A panic is stored with the first frames of the code, and said once.
func TestPanicIsStoredWithItsPlace(t *testing.T) {
	t.Parallel()
	errBoom := errors.New("boom")
	for name, test := range map[string]struct {
		code flow.Handler
		text string // the message begins with it
		in   string // the first function
	}{
		"a nil map":         {taskFunc(func(*flow.Task) (flow.Result, error) { writeNilMap(); return flow.Result{}, nil }), "assignment to entry in nil map, at ", "engine_test.write"},
		"typed code":        {flow.Func(func(context.Context, json.RawMessage) (any, error) { writeNilMap(); return 1, nil }), "assignment to entry in nil map, at ", "engine_test.write"},
		"an error":          {taskFunc(func(*flow.Task) (flow.Result, error) { panic(fmt.Errorf("pay: %w", errBoom)) }), "pay: boom, at ", "engine_test.TestPanicIsStoredWithItsPlace.func"},
		"a text":            {taskFunc(func(*flow.Task) (flow.Result, error) { panic("boom") }), "boom, at ", "engine_test.TestPanicIsStoredWithItsPlace.func"},
		"no text":           {taskFunc(func(*flow.Task) (flow.Result, error) { panic("") }), "a panic without a text, at ", "engine_test.TestPanicIsStoredWithItsPlace.func"},
		"a value":           {taskFunc(func(*flow.Task) (flow.Result, error) { panic(4711) }), "a value of the type int, which the debug log shows, at ", "engine_test.TestPanicIsStoredWithItsPlace.func"},
		"a nil error":       {taskFunc(func(*flow.Task) (flow.Result, error) { panic((*nilError)(nil)) }), "an error of the type *engine_test.nilError, whose Error panics too, at ", "engine_test.TestPanicIsStoredWithItsPlace.func"},
		"its own error":     {taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{}, (*nilError)(nil) }), "runtime error: invalid memory address or nil pointer dereference, at ", "engine_test.(*nilError).Error (panic_test.go:"},
		"in MarshalJSON":    {taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{Output: explosive{}}, nil }), "boom, at ", "engine_test.explosive.MarshalJSON (execute_test.go:"},
		"a long text":       {taskFunc(func(*flow.Task) (flow.Result, error) { deepPanic(30); return flow.Result{}, nil }), "long long ", "engine_test.deepPanic (panic_test.go:"},
		"the runtime's own": {taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{Output: []int{1}[len(t.Name()):]}, nil }), "runtime error: slice bounds out of range ", "engine_test.TestPanicIsStoredWithItsPlace.func"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"broken"}]}`, flow.Registry{"broken": test.code}, func(c *engine.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			w.handle(w.start())
			w.wantRun(flow.Failed)
			got := w.run().Error
			if got.Code != flow.CodePanic || !strings.HasPrefix(got.Message, test.text) || strings.Contains(got.Message, "panic: ") {
				t.Errorf("the error is %s: %s\nwant %s…", got.Code, got.Message, test.text)
			}
			if _, place, _ := strings.Cut(got.Message, ", at "); !strings.Contains(strings.Split(place, ", ")[0], test.in) {
				t.Errorf("the place is %q, want it to begin with %s", place, test.in)
			}
			for _, not := range []string{"runtime.", "pkg/flow/engine.(", "json.", "reflect.", "/panic_test.go", "secret"} {
				if strings.Contains(got.Message, not) {
					t.Errorf("the error has %q: %s", not, got.Message)
				}
			}
			if len(got.Message) > 2100 {
				t.Errorf("the error has %d bytes", len(got.Message))
			}
			_, line, _ := strings.Cut(log.String(), `level=ERROR msg="node failed"`)
			if line, _, _ = strings.Cut(line, "\n"); !strings.Contains(line, test.in) {
				t.Errorf("the line at ERROR is %s, want the place in it", line)
			}
		})
	}
}
