package engine

import (
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// metTasks are the tasks that a handling has come upon: it enters, or sends, none twice,
// although every branch into a join finds it resolved. It also knows those that are dead,
// and need not be looked for.
type metTasks struct {
	mu   sync.Mutex
	met  map[state.TaskKey]bool
	dead map[state.TaskKey]bool
}

// first reports whether the handling comes upon a task for the first time.
func (m *metTasks) first(task state.TaskKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.met[task] { //rule:task-met-once = false
		return false
	}
	if m.met == nil {
		m.met = map[state.TaskKey]bool{}
	}
	m.met[task] = true
	return true
}

// skip notes that no recorded decision will ever lead to a task.
func (m *metTasks) skip(task state.TaskKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead == nil {
		m.dead = map[state.TaskKey]bool{}
	}
	m.dead[task] = true
}

// skipped reports whether a task is known to be dead: it has no record.
func (m *metTasks) skipped(task state.TaskKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead[task]
}
