package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// straggler names a task whose code goes on in this process although its attempt is
// over: the code ignores its context. A process can only wait for such code.
type straggler struct {
	runID string
	state.TaskKey
}

// stragglers counts code that still runs. An entry is removed when its code ends, so
// there are never more of them than goroutines that run them.
type stragglers struct {
	mu    sync.Mutex
	tasks map[straggler]int // attempts
	total int
}

func (s *stragglers) add(task straggler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tasks == nil {
		s.tasks = map[straggler]int{}
	}
	s.tasks[task]++
	s.total++
}

func (s *stragglers) remove(task straggler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.tasks[task]--; s.tasks[task] == 0 {
		delete(s.tasks, task)
	}
}

func (s *stragglers) has(task straggler) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tasks[task] > 0
}

func (s *stragglers) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// stragglerGrace is the time that code has to notice the end of its context before its
// going on is reported.
const stragglerGrace = time.Second

// outlived keeps account of code whose attempt is over, until the code ends. The
// session is not used by the goroutine: it goes on with other tasks.
func (p *performer) outlived(ctx context.Context, task state.TaskKey, attempt int, replies <-chan reply) {
	e, run := p.session.engine, p.session.run
	code := straggler{run.ID, task}
	e.stragglers.add(code)
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer e.stragglers.remove(code)
		grace, cancel := context.WithTimeout(ctx, stragglerGrace)
		defer cancel()
		select {
		case <-replies:
			return
		case <-grace.Done():
		}
		e.tell(ctx, flow.Event{
			Kind: flow.CodeStillRunning, RunID: run.ID, BlueprintID: run.BlueprintID, NodeID: task.Node, Scope: task.Scope, Attempt: attempt, TraceID: trace.ID(run.Traceparent),
			Reason: fmt.Sprintf("the attempt is over, but its code ignores its context: of %d attempts the code still runs in this process", e.stragglers.count()),
		})
		<-replies
	}()
}

// stillRuns returns an error for an at-most-once task the code of whose earlier attempt
// still runs in this process: the next attempt must not start beside it. Neither claim
// nor start is used up; the message comes back, or goes to another process.
func (p *performer) stillRuns(w work) error {
	run := p.session.run.ID
	once := p.session.program.plan.Graph.Node(w.Node).Config.Semantics == flow.AtMostOnce
	if !once || !p.session.engine.stragglers.has(straggler{run, w.TaskKey}) {
		return nil
	}
	return fmt.Errorf("run %s: node %s: %w", run, w.Name(), errStillRuns)
}
