package engine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// world is an engine between a store and a queue whose messages stay there until
// the test delivers them. Time stands still except for pass.
type world struct {
	*testing.T
	store   *memory.Store
	wire    *fault.Injector // the engine's view of store and queue
	queue   *outbox
	engine  *engine.Engine
	config  engine.Config
	runID   string
	clock   *clock
	events  *events
	started *suites.Starts
}

// The standard settings: a lease lasts 65 s.
const (
	timeout = time.Minute
	lease   = timeout + state.Skew
)

func setup(t *testing.T, blueprint string, registry flow.Registry, changes ...func(*engine.Config)) *world {
	t.Helper()
	w := &world{T: t, store: memory.NewStore(), queue: &outbox{}, runID: "run", clock: &clock{now: time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)},
		events: &events{}, started: &suites.Starts{}}
	w.wire = fault.NewInjector(w.store, w.queue)
	var ids atomic.Int32
	w.config = engine.Config{
		Timeout: timeout, Strands: 1, Spread: -1, // strands have tests of their own
		Now: w.clock.Now, Events: w.events.add, Jitter: func() float64 { return 0 },
		NewID:      func() string { return fmt.Sprintf("id-%d", ids.Add(1)) },
		Middleware: []flow.Middleware{w.started.Middleware},
	}
	if blueprint != "" {
		w.config.Blueprints = []*flow.Blueprint{parse(t, blueprint)}
	}
	for _, change := range changes {
		change(&w.config)
	}
	w.engine = w.newEngine(registry)
	t.Cleanup(w.allCame)
	return w
}

// newEngine returns another worker over the same store and queue.
func (w *world) newEngine(registry flow.Registry, changes ...func(*engine.Config)) *engine.Engine {
	w.Helper()
	config := w.config
	for _, change := range changes {
		change(&config)
	}
	engine, err := engine.New(w.wire, w.wire, registry, config)
	if err != nil {
		w.Fatalf("engine.New: %v", err)
	}
	return engine
}

func parse(t *testing.T, blueprint string) *flow.Blueprint {
	t.Helper()
	b, err := flow.ParseBlueprint([]byte(blueprint))
	if err != nil {
		t.Fatalf("parse %s: %v", blueprint, err)
	}
	return b
}

// start sends a run's start and returns its message, which is not delivered.
func (w *world) start(options ...client.StartOption) state.Message {
	w.Helper()
	options = append([]client.StartOption{client.WithRunID(w.runID)}, options...)
	id := w.config.Blueprints[0].ID
	if _, err := client.New(w.queue, nil).Start(w.Context(), id, map[string]any{"x": 1}, options...); err != nil {
		w.Fatalf("start: %v", err)
	}
	return w.takeOne().Message
}

// job returns the message that runs a node.
func (w *world) job(node string, changes ...func(*flow.MessageBody)) state.Message {
	w.Helper()
	body := flow.MessageBody{RunID: w.runID, BlueprintID: w.config.Blueprints[0].ID, NodeID: node}
	for _, change := range changes {
		change(&body)
	}
	text, err := body.Encode()
	if err != nil {
		w.Fatal(err)
	}
	return state.Message{ID: "job-" + node, Body: text, Receives: 1}
}

func (w *world) takeOne() letter {
	w.Helper()
	sent := w.queue.take()
	if len(sent) != 1 {
		w.Fatalf("%d messages were sent, want 1: %+v", len(sent), sent)
	}
	return sent[0]
}

// put stores a record as another worker would have left it: done or failed inline,
// with an expired lease, unless the record says otherwise, and its writes applied.
func (w *world) put(task state.TaskRecord, writes ...state.ContextWrite) {
	w.Helper()
	task.RunID = w.runID
	if task.Owner == "" {
		task.Owner = "another"
	}
	if task.Via == "" {
		task.Via = state.ViaInline
	}
	if task.LeaseUntil.IsZero() {
		task.LeaseUntil = w.clock.Now().Add(-time.Second)
	}
	for _, write := range writes {
		write.Clock = state.ClockOf(0, 0, task.TaskKey)
		task.Writes = append(task.Writes, write)
		if _, err := w.store.Commit(w.Context(), state.Transition{Value: &state.ValueChange{RunID: w.runID, ContextWrite: write}}); err != nil {
			w.Fatal(err)
		}
	}
	if _, err := w.store.Commit(w.Context(), state.Transition{Task: &task}); err != nil {
		w.Fatal(err)
	}
}

func done(node string, edges ...int) state.TaskRecord {
	task := state.TaskRecord{TaskKey: state.TaskKey{Node: node}, State: flow.TaskDone, Output: json.RawMessage(`1`)}
	for _, i := range edges {
		task.Edges = append(task.Edges, state.TakenEdge{Index: i})
	}
	return task
}

func inState(node string, in flow.State) state.TaskRecord {
	return state.TaskRecord{TaskKey: state.TaskKey{Node: node}, State: in}
}

// create stores the run as another worker's start left it, with nothing done.
func (w *world) create(changes ...func(*state.Run)) {
	w.Helper()
	now := w.clock.Now()
	life := cmp.Or(w.config.Blueprints[0].Timeout(), w.config.MaxRun, 30*24*time.Hour)
	run := state.Run{ID: w.runID, Format: state.Format, EndsBy: now.Add(life), Expires: now.Add(life + (90+7)*24*time.Hour), StartedAt: now, LastUpdated: now, Active: true,
		StartMessageID: "m-0", StartOwner: "another", StartLeaseUntil: now.Add(-time.Second), Input: json.RawMessage(`{"x":1}`)}
	for _, change := range changes {
		change(&run)
	}
	if err := suites.Begin(w.Context(), w.store, w.config.Blueprints[0], run); err != nil {
		w.Fatal(err)
	}
}

func (w *world) run() state.Run {
	w.Helper()
	run, err := w.store.Run(w.Context(), w.runID)
	if err != nil {
		w.Fatal(err)
	}
	return run
}

// record returns a node's record; the zero record if there is none.
func (w *world) record(node string) state.TaskRecord {
	w.Helper()
	key := state.TaskKey{Node: node}
	found, err := w.store.Load(w.Context(), state.ReadSet{RunID: w.runID, Tasks: []state.TaskKey{key}})
	if err != nil {
		w.Fatal(err)
	}
	return found.Tasks[key]
}

// again returns a message as it is redelivered.
func again(m state.Message) state.Message {
	m.Receives++
	return m
}

func onReceive(m state.Message, n int) state.Message {
	m.Receives = n
	return m
}

// cancel ends the run as another worker's cancel message would.
func (w *world) cancel() {
	w.Helper()
	f := state.Finish{Status: flow.Cancelled, FinishedAt: w.clock.Now()}
	if _, err := w.store.Commit(w.Context(), state.Transition{Run: &state.RunChange{RunID: w.runID, Finish: &f}}); err != nil {
		w.Fatal(err)
	}
}

var errBusy = errors.New("busy")

// taskFunc is node code without input.
func taskFunc(f func(*flow.Task) (flow.Result, error)) flow.Handler {
	return flow.HandlerFunc(func(_ context.Context, task *flow.Task) (flow.Result, error) { return f(task) })
}
