package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/internal/expression"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var _ flow.Values = (*taskValues)(nil)

// taskValues are the context keys of one task's code. The code may outlive the
// session: taskValues read from the values loaded for the task, or else from the
// store, and share nothing that is not locked. Writes are buffered until they are
// committed with the outcome.
type taskValues struct {
	task     state.TaskKey
	known    *decide.View
	read     []string // keys that were read for the task
	late     *lateInput
	input    string // the name of the run's input
	own      *ownKeys
	store    state.Store
	maxValue int
	maxInput int
	env      expression.Env

	mu     sync.Mutex
	writes map[string]state.ContextValue
	bytes  int                        // of the writes
	found  map[string]json.RawMessage // that the code has read
	kept   int                        // bytes found
	closed bool
	failed error // of the store, in the last read that failed
}

// valuesOf returns the context keys as a task's code sees them now.
func (s *session) valuesOf(task state.TaskKey, evaluates bool) *taskValues {
	v := &taskValues{
		task: task, known: s.view.ForCode(task), read: s.program.plan.Reads(task.Node).Keys,
		late: s.late, input: s.run.InputName(), own: s.keys, store: s.engine.store, maxValue: s.engine.config.MaxValue, maxInput: s.engine.config.MaxInput,
	}
	if evaluates {
		v.env = s.view.Env(task)
	}
	return v
}

// Environment returns the names that the expressions of the task's node can use,
// except for its input.
func (v *taskValues) Environment() expression.Env { return v.env }

// Get implements [flow.Values].
func (v *taskValues) Get(ctx context.Context, key string) (json.RawMessage, bool, error) {
	v.mu.Lock()
	written, ok := v.writes[key]
	closed := v.closed
	v.mu.Unlock()
	switch {
	case closed:
		return nil, false, errTaskOver
	case ok:
		return written.Value, !written.Deleted, nil
	}
	value, ok, err := v.find(ctx, key)
	if err != nil && ctx.Err() == nil && !flow.VerdictOf(err).Permanent {
		v.mu.Lock()
		v.failed = err
		v.mu.Unlock()
	}
	return value, ok, err
}

// find is lookUp, but reads a small value only once; a missing one may still come.
func (v *taskValues) find(ctx context.Context, key string) (json.RawMessage, bool, error) {
	v.mu.Lock()
	known, ok := v.found[key]
	v.mu.Unlock()
	if ok {
		return known, true, nil
	}
	value, ok, err := v.lookUp(ctx, key)
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil && ok && v.kept+len(value) <= smallRead {
		if v.found == nil {
			v.found = map[string]json.RawMessage{}
		}
		v.found[key], v.kept = value, v.kept+len(value)
	}
	return value, ok, err
}

// lookUp finds a key among the values loaded for the task, or reads it.
func (v *taskValues) lookUp(ctx context.Context, key string) (json.RawMessage, bool, error) {
	view := *v.known
	outputs := view.OutputsUnder(key, v.task.Scope)
	if len(outputs) == 0 && (slices.Contains(v.read, key) || view.Provides(key, v.task)) {
		value, ok := view.LookUp(key, v.task)
		return value, ok, nil
	}
	own, unknown := v.own.split([]string{key})
	v.late.give(&view)
	if len(own) > 0 || len(unknown)+len(outputs) == 0 && view.Input != nil {
		view.Values = own
		value, ok := view.LookUp(key, v.task)
		return value, ok, nil
	}
	set := state.ReadSet{RunID: view.RunID, Input: view.Input == nil, InputHash: v.input, Tasks: outputs, Edges: []int{}, MaxBytes: v.maxInput}
	if len(key) <= flow.MaxIDLength { // a longer key cannot be written, but the run's input may have it
		set.Keys = unknown
	}
	snapshot, err := v.store.Load(ctx, set)
	if large, ok := errors.AsType[*state.TooLargeError](err); ok {
		return nil, false, decide.TooLarge(fmt.Sprintf("context key %q, with the run's input and the outputs of that name,", key), large.Bytes, large.Limit)
	}
	if err != nil {
		return nil, false, fmt.Errorf("load context key %q of run %s: %w", key, view.RunID, err)
	}
	view.Values, view.Tasks = snapshot.Values, maps.Clone(view.Tasks)
	maps.Copy(view.Tasks, snapshot.Tasks)
	if set.Input {
		view.SetInput(snapshot.Input)
		v.late.take(&view)
	}
	value, ok := view.LookUp(key, v.task)
	return value, ok, nil
}

// Put implements [flow.Values].
func (v *taskValues) Put(key string, value json.RawMessage) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	before, rewritten := v.writes[key]
	together := v.bytes - len(before.Value) + len(value)
	switch {
	case v.closed:
		return errTaskOver
	case len(value) > v.maxValue:
		return decide.TooLarge(fmt.Sprintf("context key %q", key), len(value), v.maxValue)
	case together > v.maxInput:
		return decide.TooLarge(fmt.Sprintf("context key %q, with the keys that the node wrote before,", key), together, v.maxInput)
	case !rewritten && len(v.writes) == flow.MaxContextWrites:
		return flow.Permanent(fmt.Errorf("context key %q is one too many: a node may write %d", key, flow.MaxContextWrites))
	}
	if v.writes == nil {
		v.writes = map[string]state.ContextValue{}
	}
	v.bytes = together
	v.writes[key] = state.ContextValue{Value: value, Deleted: value == nil}
	return nil
}

// failure returns the store's error if a read failed: then an error of the code is
// no failure of the node.
func (v *taskValues) failure() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.failed
}

// close ends the task: its code can no longer read or write.
func (v *taskValues) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
}

// written returns the writes, sorted by key.
func (v *taskValues) written() []state.ContextWrite {
	v.mu.Lock()
	defer v.mu.Unlock()
	writes := make([]state.ContextWrite, 0, len(v.writes))
	for _, key := range slices.Sorted(maps.Keys(v.writes)) {
		writes = append(writes, state.ContextWrite{Key: key, ContextValue: v.writes[key]})
	}
	return writes
}

// lateInput is a run's input that was read for the code of tasks, perhaps on
// several goroutines: it is read only once.
type lateInput struct {
	mu    sync.Mutex
	known *decide.View // holds the input; nil: not read
}

func (l *lateInput) give(v *decide.View) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.Input == nil && l.known != nil {
		v.ShareInput(l.known)
	}
}

func (l *lateInput) take(v *decide.View) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known = &decide.View{}
	l.known.ShareInput(v)
}
