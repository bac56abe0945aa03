package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// contextReader reads context keys for a task's code, and what stands under a
// node's id. The code may outlive the handling: the reader works on what was
// read for the task, and shares nothing else than what is locked.
func (h *handling) contextReader(task TaskKey) func(context.Context, string) (json.RawMessage, bool, error) {
	store, late, known := h.store, &h.late, h.view
	known.tasks = nil // not needed, and soon to change
	read := known.steps[task.Node].reads.keys
	return func(ctx context.Context, key string) (json.RawMessage, bool, error) {
		v := known
		outputs := v.outputsUnder(key, task.Scope)
		if len(outputs) > 0 || !slices.Contains(read, key) && (key != catchErrorKey || v.caught == nil) {
			late.give(&v)
			set := ReadSet{RunID: v.runID, Input: v.input == nil, Tasks: outputs}
			if len(key) <= maxIDLength { // a longer one cannot be written, but the run's input may have it
				set.Keys = []string{key}
			}
			snapshot, err := store.Load(ctx, set)
			if err != nil {
				return nil, false, fmt.Errorf("load context key %q of run %s: %w", key, v.runID, err)
			}
			v.values, v.tasks = snapshot.Values, snapshot.Tasks
			if set.Input {
				v.setInput(snapshot.Input)
				late.take(v)
			}
		}
		value, ok := v.lookUp(key, task.Scope)
		return value, ok, nil
	}
}

// outputsUnder are the tasks whose output may stand under a context key: those
// of the node of that name, and of its fallbacks.
func (v *view) outputsUnder(key, scope string) (tasks []TaskKey) {
	for id := strings.TrimPrefix(key, outputKey); v.nodes[id] != nil; id = v.fallbackOf(id) {
		tasks = append(tasks, TaskKey{id, scope})
	}
	return tasks
}

// lateInput is a run's input that tasks' code, of several goroutines perhaps,
// has had read: once is enough.
type lateInput struct {
	mu     sync.Mutex
	input  json.RawMessage
	fields map[string]json.RawMessage // never changed
}

func (l *lateInput) give(v *view) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.input == nil {
		v.input, v.fields = l.input, l.fields
	}
}

func (l *lateInput) take(v view) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.input, l.fields = v.input, v.fields
}
