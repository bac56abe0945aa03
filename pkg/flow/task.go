package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// MaxContextWrites is the maximum number of context keys that one node may write:
// they take effect in one step with its outcome.
const MaxContextWrites = 50

// Task is one execution of a node, as its code sees it. Its context keys are those of
// the whole run; the code's writes are buffered, seen by its own reads, and take
// effect together with its outcome or not at all. When several nodes write the same
// key in parallel, the last commit wins. Input and Params must not be changed.
//
// A test of node code may make its own Task, &Task{Input: …}: its context is empty at
// first, and its log is discarded.
type Task struct {
	RunID       string
	BlueprintID string
	NodeID      string
	Scope       string
	Attempt     int    // from 1
	Key         string // idempotency key, the same for all attempts: runId/nodeId[@scope], or config.idempotencyKey
	Input       json.RawMessage
	Params      json.RawMessage
	Logger      *slog.Logger // nil discards; code logs with Log
	Values      Values       // the run's context keys; nil: a context of the task's own

	mu  sync.Mutex
	own ownValues
}

// Values are the context keys of a task's run, as one task sees them. An
// engine gives each task its own.
type Values interface {
	// Get returns the value of a key, the task's own writes included, and whether
	// there is one. It may be called from several goroutines, as may Put.
	Get(ctx context.Context, key string) (value json.RawMessage, ok bool, err error)
	// Put buffers a write; a nil value deletes the key. It refuses a key beyond
	// MaxContextWrites.
	Put(key string, value json.RawMessage) error
}

type taskContextKey struct{}

// TaskFrom returns the task inside a plain [Func]; nil outside of one.
func TaskFrom(ctx context.Context) *Task {
	task, _ := ctx.Value(taskContextKey{}).(*Task)
	return task
}

// ContextWithTask returns a context with the task for [TaskFrom], for a direct test
// of a function that uses it.
func ContextWithTask(ctx context.Context, task *Task) context.Context {
	return context.WithValue(ctx, taskContextKey{}, task)
}

// Log returns the task's logger, never nil. The engine's logger has the run, the node
// and the attempt in every line.
func (t *Task) Log() *slog.Logger {
	if t.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return t.Logger
}

// String returns the task's run, node and attempt, and no values: the key may be made of
// some.
func (t *Task) String() string {
	name := t.RunID + "/" + t.NodeID
	switch {
	case t.NodeID == "": // of a test
		name = cmp.Or(t.Key, "a task")
	case t.Scope != "":
		name += "@" + t.Scope
	}
	return fmt.Sprintf("%s, attempt %d", name, t.Attempt)
}

// Get decodes the context key into v (a pointer) and reports whether it is set. The
// output of a finished node is available under the node's id, unless a key of that
// name was written. A value that was found is the same for the whole attempt.
// When the store fails, Get fails too; if the code then returns an error, of any
// kind, the attempt does not count and the task comes back.
func (t *Task) Get(ctx context.Context, key string, v any) (bool, error) {
	value, ok, err := t.values().Get(ctx, key)
	if err != nil || !ok {
		return false, err
	}
	if err := t.decode(ctx, value, v); err != nil {
		return false, fmt.Errorf("decode context key %q: %w", key, err)
	}
	return true, nil
}

// Set buffers a write of the context key. It fails if v has no JSON form or is too
// large, and at the 51st key.
func (t *Task) Set(key string, v any) error {
	value, err := rawjson.Encode(v)
	if err != nil {
		t.Log().Debug("value not encoded", "error", err.Error())
		return fmt.Errorf("encode context key %q: %s", key, rawjson.EncodeFault(err))
	}
	return t.put(key, value)
}

// Delete buffers the deletion of the context key.
func (t *Task) Delete(key string) error { return t.put(key, nil) }

func (t *Task) put(key string, value json.RawMessage) error {
	switch {
	case key == "" || len(key) > MaxIDLength:
		return Permanent(fmt.Errorf("context key of %d bytes: 1 to %d are allowed", len(key), MaxIDLength))
	case !utf8.ValidString(key):
		return Permanent(fmt.Errorf("context key %q is not valid UTF-8", key))
	}
	if err := rawjson.CheckDepth(fmt.Sprintf("context key %q", key), value); err != nil {
		return Permanent(WithCode(err, CodeValueTooLarge))
	}
	return t.values().Put(key, value)
}

func (t *Task) values() Values {
	if t.Values != nil {
		return t.Values
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.own.values == nil {
		t.own.values = map[string]json.RawMessage{}
	}
	return &t.own
}

// decode decodes a value for the task's code. Its error never quotes the value, since
// errors are stored and logged. The full error goes to the task's debug log.
func (t *Task) decode(ctx context.Context, value json.RawMessage, v any) error {
	err := json.Unmarshal(value, v)
	if err == nil {
		return nil
	}
	t.Log().DebugContext(ctx, "value not decoded", "error", err.Error())
	return errors.New(rawjson.DecodeFault(err))
}

// environment is implemented by the values of an engine, which have read everything
// that the expressions of the task's node name.
type environment interface {
	Environment() expression.Env
}

// names returns the environment of an expression of the task's node.
func (t *Task) names(program *expression.Program) expression.Env {
	if known, ok := t.Values.(environment); ok {
		env := known.Environment()
		env.Input = t.Input
		return env
	}
	env := expression.Env{RunID: t.RunID, Input: t.Input, Context: map[string]json.RawMessage{}}
	refs := program.Refs()
	for _, key := range slices.Concat(refs.Names, refs.Context) {
		if value, ok, err := t.values().Get(context.Background(), key); ok && err == nil {
			env.Context[key] = value
		}
	}
	return env
}

// ownValues are the context of a task outside of an engine.
type ownValues struct {
	mu     sync.Mutex
	values map[string]json.RawMessage
}

// Get implements [Values].
func (o *ownValues) Get(_ context.Context, key string) (json.RawMessage, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	value, ok := o.values[key]
	return value, ok && value != nil, nil
}

// Put implements [Values].
func (o *ownValues) Put(key string, value json.RawMessage) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, rewritten := o.values[key]; !rewritten && len(o.values) == MaxContextWrites {
		return Permanent(fmt.Errorf("context key %q is one too many: a node may write %d", key, MaxContextWrites))
	}
	o.values[key] = value
	return nil
}
