package flowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Recorder is node code that calls other code and records the calls.
type Recorder struct {
	handler flow.Handler

	mu    sync.Mutex
	calls []Call
}

// String lists the calls, one a line.
func (r *Recorder) String() string {
	calls := r.Calls()
	var text strings.Builder
	fmt.Fprintf(&text, "%d calls", len(calls))
	for _, call := range calls {
		fmt.Fprintf(&text, "\n  %s", call)
	}
	return text.String()
}

// Call is one attempt of a task.
type Call struct {
	NodeID  string
	Scope   string
	Attempt int
	Key     string
	Input   json.RawMessage
	Params  json.RawMessage
}

// String returns the call with its input: it is for tests, and shows values.
func (c Call) String() string {
	node := c.NodeID
	if c.Scope != "" {
		node += "@" + c.Scope
	}
	return fmt.Sprintf("%s, attempt %d: %s", node, c.Attempt, c.Input)
}

// Record returns a recorder of the calls of handler, often a [Stub].
func Record(handler flow.Handler) *Recorder { return &Recorder{handler: handler} }

// Handle implements [flow.Handler].
func (r *Recorder) Handle(ctx context.Context, task *flow.Task) (flow.Result, error) {
	r.mu.Lock()
	r.calls = append(r.calls, Call{task.NodeID, task.Scope, task.Attempt, task.Key, task.Input, task.Params})
	r.mu.Unlock()
	return r.handler.Handle(ctx, task)
}

// Calls returns the calls so far, in order.
func (r *Recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Call(nil), r.calls...)
}

// Input decodes the input of a call.
func Input[T any](c Call) (input T, err error) {
	if err := json.Unmarshal(c.Input, &input); err != nil {
		return input, fmt.Errorf("decode the input of %s: %w", c.Key, err)
	}
	return input, nil
}
