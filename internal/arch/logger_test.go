package arch

import (
	"context"
	"errors"
	"go/ast"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// silent are the exported types with a logger, each used without one where there
// is something to log: nothing of it panics.
var silent = map[string]func(t *testing.T){
	"pkg/flow.Task":                    taskWithoutLogger,
	"pkg/flow/engine.Config":           engineWithoutLogger,
	"pkg/flow/engine.ReconcilerConfig": reconcilerWithoutLogger,
	"pkg/lambdaflow.Config":            handlerWithoutLogger,
}

func TestNoLoggerIsNeeded(t *testing.T) {
	t.Parallel()
	for name, use := range silent {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			use(t)
		})
	}
}

func TestEveryTypeWithALoggerIsUsedWithoutOne(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, module+"pkg/...") {
		folder := strings.TrimPrefix(p.ImportPath, module)
		for _, file := range sources(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if ok && spec.Name.IsExported() && hasLogger(spec.Type) && silent[folder+"."+spec.Name.Name] == nil {
					t.Errorf("%s.%s has a logger: use it without one among the others here", folder, spec.Name.Name)
				}
				return true
			})
		}
	}
}

func hasLogger(e ast.Expr) bool {
	of, ok := e.(*ast.StructType)
	if !ok {
		return false
	}
	for _, field := range of.Fields.List {
		if star, ok := field.Type.(*ast.StarExpr); ok {
			if s, ok := star.X.(*ast.SelectorExpr); ok && s.Sel.Name == "Logger" {
				return true
			}
		}
	}
	return false
}

func taskWithoutLogger(t *testing.T) {
	task := &flow.Task{Input: []byte(`"three"`)}
	task.Log().With("of", "test").WithGroup("group").ErrorContext(t.Context(), "no luck")
	price := flow.Func(func(_ context.Context, n int) (int, error) { return n, nil })
	if _, err := price.Handle(t.Context(), task); flow.VerdictOf(err).Code != flow.CodeInput {
		t.Errorf("Handle = %v, want an error of the input, which it logs", err)
	}
	if err := task.Set("key", func() {}); err == nil {
		t.Error("a function was set as a value: its error is logged")
	}
}

// noisy is a blueprint whose run has everything to log: retries, panics,
// fallbacks, skipped nodes, and an end that fails.
var noisy = &flow.Blueprint{ID: "noisy",
	Nodes: []flow.Node{
		{ID: "talk", Uses: "talk", Config: flow.NodeConfig{MaxRetries: 2}},
		{ID: "panic", Uses: "panic", Config: flow.NodeConfig{Fallback: "rescue"}},
		{ID: "rescue", Uses: "pass"},
		{ID: "never", Uses: "pass"},
		{ID: "end", Uses: "fail"},
	},
	Edges: []flow.Edge{
		{Source: "talk", Target: "panic"}, {Source: "talk", Target: "never", Condition: "false"}, {Source: "panic", Target: "end"},
	},
}

var noisyNodes = flow.Registry{
	"talk": flow.TaskFunc(func(_ context.Context, task *flow.Task, _ any) (flow.Result, error) {
		task.Log().Info("here I am")
		if task.Attempt == 1 {
			return flow.Result{}, errors.New("busy")
		}
		return flow.Result{Output: 1}, nil
	}),
	"panic": flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) { panic("no luck") }),
}

func engineWithoutLogger(t *testing.T) {
	store, queue := memory.NewStore(), memory.NewQueue()
	worker, err := engine.New(store, queue, noisyNodes, engine.Config{Blueprints: []*flow.Blueprint{noisy}, Now: queue.Now})
	if err != nil {
		t.Fatal(err)
	}
	runs := client.New(queue, store)
	for range 2 { // the second start is ignored, and says so
		if _, err := runs.Start(t.Context(), "noisy", nil, client.WithRunID("r")); err != nil {
			t.Fatal(err)
		}
	}
	report, err := memory.Finish(t.Context(), store, queue, worker, "r")
	if report == nil || report.Status != flow.Failed || report.Node("rescue").State != flow.TaskDone {
		t.Fatalf("Finish = %v, %v, want a run that failed after its fallback", report, err)
	}
	if dead := queue.Dead(); len(dead) > 0 {
		t.Errorf("dead letters: %v", dead)
	}
}

// forgetful is a queue that loses the messages of the engine.
type forgetful struct{ *memory.Queue }

func (forgetful) Send(context.Context, ...flow.Outgoing) error { return nil }

func reconcilerWithoutLogger(t *testing.T) {
	store, queue := memory.NewStore(), memory.NewQueue()
	fork := &flow.Blueprint{ID: "fork", Nodes: []flow.Node{{ID: "a", Uses: "one"}, {ID: "b", Uses: "one"}}}
	worker, err := engine.New(store, forgetful{queue}, flow.Registry{"one": flowtest.Stub(1)},
		engine.Config{Blueprints: []*flow.Blueprint{fork}, Now: queue.Now, Strands: 1, Spread: -1})
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.New(queue, store).Start(t.Context(), "fork", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Drain(t.Context(), worker); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return queue.Now().Add(time.Hour) }
	reconciler, err := engine.NewReconciler(store, memory.NewLocks(later), queue, engine.ReconcilerConfig{Config: engine.Config{Now: later}})
	if err != nil {
		t.Fatal(err)
	}
	stats, err := reconciler.Tick(t.Context())
	if err != nil || stats.ReconciledRuns != 1 || stats.Jobs != 1 {
		t.Errorf("Tick = %+v, %v, want run %s to go on by one message", stats, err, id)
	}
}

// unlucky is a handler whose every message ends in another way, and a queue that
// takes nothing back.
type unlucky struct{}

func (unlucky) Handle(_ context.Context, m state.Message) error {
	switch m.Body {
	case "panic":
		panic("no luck")
	case "reject":
		return &flow.RejectError{Reason: "no such blueprint"}
	}
	return &engine.HeldError{}
}

func (unlucky) Return(context.Context, ...sqsqueue.Return) error { return errors.New("throttled") }
func (unlucky) Delete(context.Context, ...string) error          { return errors.New("throttled") }

func handlerWithoutLogger(t *testing.T) {
	handler := lambdaflow.NewWorkerHandler(unlucky{}, unlucky{}, lambdaflow.Config{})
	response, err := handler.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: "panic"}, {MessageId: "2", Body: "reject"}, {MessageId: "3", Body: "hold"},
	}})
	if err != nil || len(response.BatchItemFailures) != 3 {
		t.Errorf("Handle = %v, %v, want three messages that come back", response, err)
	}
}
