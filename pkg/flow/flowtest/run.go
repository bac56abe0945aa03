package flowtest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// Run executes one run of a blueprint in memory, skipping delays, and returns
// it with its Outputs, whether it completed or failed: that is for the test to
// judge. A blueprint or registry that cannot be run ends the test. If the test
// has failed when it ends, it logs what happened in the run, step by step.
func Run(t testing.TB, b *flow.Blueprint, registry flow.Registry, input any) flow.Run {
	t.Helper()
	trace := &trace{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("run of %s:\n%s", b.ID, trace)
		}
	})
	store, queue := memory.NewStore(), memory.NewQueue()
	engine, err := flow.New(store, queue, registry, flow.Config{
		Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Events: trace.add,
	}.Fit())
	if err != nil {
		t.Fatal(err)
	}
	id, err := engine.Start(t.Context(), b.ID, input)
	if err != nil {
		t.Fatal(err)
	}
	run, err := memory.Finish(t.Context(), store, queue, engine, id)
	if _, failed := errors.AsType[*flow.NodeError](err); err != nil && !failed {
		t.Fatal(err)
	}
	return run
}

// trace keeps the events of a run for people.
type trace struct {
	mu    sync.Mutex
	lines []string
}

func (r *trace) add(e flow.Event) {
	line := string(e.Kind)
	if e.NodeID != "" {
		line += " " + e.NodeID
	}
	if e.Scope != "" {
		line += "@" + e.Scope
	}
	if e.Attempt > 1 {
		line += fmt.Sprintf(" (attempt %d)", e.Attempt)
	}
	if e.Err != nil {
		line += ": " + e.Err.Error()
	}
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, "  "+line)
}

func (r *trace) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}
