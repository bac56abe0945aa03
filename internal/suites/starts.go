package suites

import (
	"context"
	"fmt"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Starts counts the starts of node code, by task and attempt. The zero value is
// ready to use; it is safe for concurrent use.
type Starts struct {
	mu    sync.Mutex
	tasks map[state.TaskKey]map[int]int
}

// Middleware counts the starts of a handler.
func (s *Starts) Middleware(next flow.Handler) flow.Handler {
	return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		s.started(state.TaskKey{Node: task.NodeID, Scope: task.Scope}, task.Attempt)
		return next.Handle(ctx, task)
	})
}

func (s *Starts) started(key state.TaskKey, attempt int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tasks == nil {
		s.tasks = map[state.TaskKey]map[int]int{}
	}
	if s.tasks[key] == nil {
		s.tasks[key] = map[int]int{}
	}
	s.tasks[key][attempt]++
}

// Of returns the number of starts of a task's code, in all attempts together.
func (s *Starts) Of(key state.TaskKey) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, starts := range s.tasks[key] {
		n += starts
	}
	return n
}

// Most returns the largest number of starts of a task's code in one attempt.
func (s *Starts) Most(key state.TaskKey) (most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, starts := range s.tasks[key] {
		most = max(most, starts)
	}
	return most
}

// Problems lists code that must not run but did, and second starts of a task within an
// attempt beyond the number that is permitted. If a worker may have died, its code may have
// run beside the failure of the run, and is not recorded.
func (s *Starts) Problems(report *flow.Report, permitted int) (problems []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for task, attempts := range s.tasks {
		again := 0
		for _, n := range attempts {
			again += n - 1
		}
		if again > permitted {
			problems = append(problems, fmt.Sprintf("%s started again %d times, want at most %d; the starts by attempt: %v", task.Name(), again, permitted, attempts))
		}
	}
	for _, node := range report.Nodes {
		ran := len(s.tasks[state.TaskKey{Node: node.ID, Scope: node.Scope}]) > 0
		lost := permitted > 0 && report.Status == flow.Failed && node.State == flow.TaskPending
		if ran && !lost && (node.State == flow.TaskSkipped || node.State == flow.TaskPending) {
			problems = append(problems, fmt.Sprintf("%s is %s and was executed", node.ID, node.State))
		}
	}
	return problems
}
