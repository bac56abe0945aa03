package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
)

// MaxContextWrites is how many context keys one node may write: they are one
// transaction with its outcome.
const MaxContextWrites = 50

// Task is one execution of a node, as its code sees it. Its context keys are
// those of the whole run; what the code writes is buffered, seen by its own
// reads, and takes effect together with its outcome or not at all. Several
// nodes that write the same key in parallel: the last commit stands. Input and
// Params must not be changed.
//
// A test of node code may make a Task of its own, &Task{Input: …}: its context
// is empty at first. Code that logs needs a Log there.
type Task struct {
	RunID       string
	BlueprintID string
	NodeID      string
	Scope       string
	Attempt     int    // from 1
	Key         string // idempotency key: runId/nodeId[@scope], the same for all attempts
	Input       json.RawMessage
	Params      json.RawMessage
	Log         *slog.Logger

	env     expression.Env // of the built-in nodes' expressions
	context contextBuffer
}

type taskContextKey struct{}

// TaskFrom returns the task inside a plain [Func]; nil outside of one.
func TaskFrom(ctx context.Context) *Task {
	task, _ := ctx.Value(taskContextKey{}).(*Task)
	return task
}

// Get decodes the context key into v (a pointer) and reports whether it is set.
// The output of a node that is done stands under the node's id, where no key of
// that name was written.
// When the store fails so does Get; code that then returns an error, whichever,
// has not used up an attempt: the task comes back.
func (t *Task) Get(ctx context.Context, key string, v any) (bool, error) {
	value, ok, err := t.context.get(ctx, key)
	if err != nil || !ok {
		return false, err
	}
	if err := t.decodeInto(ctx, value, v); err != nil {
		return false, fmt.Errorf("decode context key %q: %w", key, err)
	}
	return true, nil
}

// Set buffers a write of the context key. It fails when v has no JSON form or
// is too large, and at the 51st key.
func (t *Task) Set(key string, v any) error {
	value, err := t.encode(context.Background(), v)
	if err != nil {
		return fmt.Errorf("encode context key %q: %w", key, err)
	}
	return t.context.put(key, ContextValue{Value: value})
}

// Delete buffers the deletion of the context key.
func (t *Task) Delete(key string) error {
	return t.context.put(key, ContextValue{Deleted: true})
}

// contextBuffer holds a task's writes until they are committed with its outcome.
type contextBuffer struct {
	read     func(ctx context.Context, key string) (json.RawMessage, bool, error) // nil: there is nothing
	maxValue int                                                                  // 0: any size

	mu     sync.Mutex
	writes map[string]ContextValue
	closed bool
	failed error // of the store, in the last read that did not come to an answer
}

var errTaskOver = errors.New("the task is over: its context can no longer be used")

func (b *contextBuffer) get(ctx context.Context, key string) (json.RawMessage, bool, error) {
	b.mu.Lock()
	written, ok := b.writes[key]
	closed := b.closed
	b.mu.Unlock()
	switch {
	case closed:
		return nil, false, errTaskOver
	case ok:
		return written.Value, !written.Deleted, nil
	case b.read == nil:
		return nil, false, nil
	}
	value, ok, err := b.read(ctx, key)
	if err != nil && ctx.Err() == nil {
		b.mu.Lock()
		b.failed = err
		b.mu.Unlock()
	}
	return value, ok, err
}

// failure is the store's, if a read failed by it: then an error of the code
// says nothing of the node.
func (b *contextBuffer) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

func (b *contextBuffer) put(key string, v ContextValue) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, rewritten := b.writes[key]
	switch {
	case b.closed:
		return errTaskOver
	case key == "" || len(key) > maxIDLength:
		return Permanent(fmt.Errorf("context key of %d bytes: 1 to %d are allowed", len(key), maxIDLength))
	case !utf8.ValidString(key):
		return Permanent(fmt.Errorf("context key %q is not valid UTF-8", key))
	case b.maxValue > 0 && len(v.Value) > b.maxValue:
		return tooLarge(fmt.Sprintf("context key %q", key), len(v.Value), b.maxValue)
	case !rewritten && len(b.writes) == MaxContextWrites:
		return Permanent(fmt.Errorf("context key %q is one too many: a node may write %d", key, MaxContextWrites))
	}
	if b.writes == nil {
		b.writes = map[string]ContextValue{}
	}
	b.writes[key] = v
	return nil
}

// close ends the buffer and returns what was written, sorted by key.
func (b *contextBuffer) close() []ContextWrite {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	writes := make([]ContextWrite, 0, len(b.writes))
	for _, key := range slices.Sorted(maps.Keys(b.writes)) {
		writes = append(writes, ContextWrite{key, b.writes[key]})
	}
	return writes
}

func tooLarge(what string, size, limit int) error {
	return Permanent(WithCode(fmt.Errorf("%s has %d bytes: the limit is %d", what, size, limit), CodeValueTooLarge))
}
