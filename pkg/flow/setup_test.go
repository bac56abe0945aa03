package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// world is an engine between a store and a queue whose messages stay where
// they are until the test delivers them. Time stands still but for pass.
type world struct {
	*testing.T
	store   *memory.Store
	wire    *flowtest.Flaky // what the engine sees of store and queue
	queue   *outbox
	engine  *flow.Engine
	config  flow.Config
	runID   string
	clock   *clock
	events  *events
	started *starts
}

// The standard settings: a lease lasts 65 s.
const (
	timeout = time.Minute
	lease   = timeout + flow.Skew
)

func setup(t *testing.T, blueprint string, registry flow.Registry, changes ...func(*flow.Config)) *world {
	t.Helper()
	w := &world{T: t, store: memory.NewStore(), queue: &outbox{}, runID: "run", clock: &clock{now: time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)},
		events: &events{}, started: &starts{}}
	w.wire = flowtest.NewFlaky(w.store, w.queue)
	ids := 0
	w.config = flow.Config{
		Timeout: timeout, Now: w.clock.Now, Events: w.events.add, Jitter: func() float64 { return 0 },
		NewID:      func() string { ids++; return fmt.Sprintf("id-%d", ids) },
		Middleware: []flow.Middleware{w.started.middleware},
	}
	if blueprint != "" {
		w.config.Blueprints = []*flow.Blueprint{parse(t, blueprint)}
	}
	for _, change := range changes {
		change(&w.config)
	}
	w.engine = w.newEngine(registry)
	return w
}

// newEngine is another worker over the same store and queue.
func (w *world) newEngine(registry flow.Registry, changes ...func(*flow.Config)) *flow.Engine {
	w.Helper()
	config := w.config
	for _, change := range changes {
		change(&config)
	}
	engine, err := flow.New(w.wire, w.wire, registry, config)
	if err != nil {
		w.Fatalf("flow.New: %v", err)
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

// clock stands still.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// events keeps what the engine told.
type events struct {
	mu  sync.Mutex
	all []flow.Event
}

func (e *events) add(event flow.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, event)
}

// texts are the events as "KIND NODE".
func (e *events) texts() (texts []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range e.all {
		text := string(event.Kind)
		if event.NodeID != "" {
			text += " " + event.NodeID
		}
		texts = append(texts, text)
	}
	return texts
}

// starts counts the starts of node code.
type starts struct {
	mu    sync.Mutex
	nodes []string
}

func (s *starts) middleware(next flow.Handler) flow.Handler {
	return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		s.mu.Lock()
		s.nodes = append(s.nodes, task.NodeID)
		s.mu.Unlock()
		return next.Handle(ctx, task)
	})
}

func (s *starts) count(node string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.nodes {
		if id == node {
			n++
		}
	}
	return n
}

// outbox is a queue whose messages the test takes.
type outbox struct {
	mu   sync.Mutex
	sent int
	all  []letter
}

// letter is a message as it was sent, and as it will be received first.
type letter struct {
	flow.Message
	Delay  time.Duration
	Tenant string
	Of     flow.Body
}

func (o *outbox) Send(_ context.Context, messages ...flow.Outgoing) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range messages {
		body, err := flow.ParseBody(m.Body)
		if err != nil {
			return err
		}
		o.sent++
		o.all = append(o.all, letter{flow.Message{ID: fmt.Sprintf("m-%d", o.sent), Body: m.Body, Receives: 1, Attributes: m.Attributes}, m.Delay, m.Tenant, body})
	}
	return nil
}

// take returns what was sent since it was called last.
func (o *outbox) take() []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := o.all
	o.all = nil
	return taken
}

// start sends a run's start and returns its message, which is not delivered.
func (w *world) start(options ...flow.StartOption) flow.Message {
	w.Helper()
	options = append([]flow.StartOption{flow.WithRunID(w.runID)}, options...)
	id := w.config.Blueprints[0].ID
	if _, err := flow.NewClient(w.queue).Start(w.Context(), id, map[string]any{"x": 1}, options...); err != nil {
		w.Fatalf("start: %v", err)
	}
	return w.takeOne().Message
}

// job is the message that runs a node.
func (w *world) job(node string, changes ...func(*flow.Body)) flow.Message {
	w.Helper()
	body := flow.Body{RunID: w.runID, BlueprintID: w.config.Blueprints[0].ID, NodeID: node}
	for _, change := range changes {
		change(&body)
	}
	text, err := body.Encode()
	if err != nil {
		w.Fatal(err)
	}
	return flow.Message{ID: "job-" + node, Body: text, Receives: 1}
}

func (w *world) takeOne() letter {
	w.Helper()
	sent := w.queue.take()
	if len(sent) != 1 {
		w.Fatalf("%d messages were sent, want 1: %+v", len(sent), sent)
	}
	return sent[0]
}

// handle delivers a message, which must be acknowledged.
func (w *world) handle(m flow.Message) {
	w.Helper()
	if err := w.engine.Handle(w.Context(), m); err != nil {
		w.Fatalf("Handle(%s) = %v, want nil", m.Body, err)
	}
}

// drain delivers what was sent until nothing is left.
func (w *world) drain() {
	w.Helper()
	for sent := w.queue.take(); len(sent) > 0; sent = w.queue.take() {
		for _, letter := range sent {
			w.handle(letter.Message)
		}
	}
}

// wantHeld delivers a message, which must come back when the lease ends.
func (w *world) wantHeld(m flow.Message, until time.Time) {
	w.Helper()
	err := w.engine.Handle(w.Context(), m)
	held, ok := err.(*flow.HeldError)
	if !ok {
		w.Fatalf("Handle(%s) = %v, want a HeldError", m.Body, err)
	}
	if !held.Until.Equal(until) {
		w.Errorf("held until %s, want %s", held.Until, until)
	}
}

// wantRejected delivers a message, which must be hopeless.
func (w *world) wantRejected(m flow.Message) {
	w.Helper()
	err := w.engine.Handle(w.Context(), m)
	if _, ok := err.(*flow.RejectError); !ok {
		w.Fatalf("Handle(%s) = %v, want a RejectError", m.Body, err)
	}
}

// wantBack delivers a message, which must come back for no reason of its own.
func (w *world) wantBack(m flow.Message) error {
	w.Helper()
	err := w.engine.Handle(w.Context(), m)
	if err == nil {
		w.Fatalf("Handle(%s) = nil, want an error", m.Body)
	}
	switch err.(type) {
	case *flow.HeldError, *flow.RejectError:
		w.Fatalf("Handle(%s) = %v, want a plain error", m.Body, err)
	}
	return err
}

// put stores a record as another worker would have left it: done or failed
// inline, with a lease that has run out, unless it says otherwise.
func (w *world) put(task flow.TaskRecord, writes ...flow.ContextWrite) {
	w.Helper()
	task.RunID = w.runID
	if task.Owner == "" {
		task.Owner = "another"
	}
	if task.Via == "" {
		task.Via = flow.ViaInline
	}
	if task.LeaseUntil.IsZero() {
		task.LeaseUntil = w.clock.Now().Add(-time.Second)
	}
	if _, err := w.store.Commit(w.Context(), flow.Transition{Task: &task, Writes: writes}); err != nil {
		w.Fatal(err)
	}
}

func done(node string, edges ...int) flow.TaskRecord {
	task := flow.TaskRecord{TaskKey: flow.TaskKey{Node: node}, State: flow.TaskDone, Output: json.RawMessage(`1`)}
	for _, i := range edges {
		task.Edges = append(task.Edges, flow.TakenEdge{Index: i})
	}
	return task
}

func inState(node string, state flow.State) flow.TaskRecord {
	return flow.TaskRecord{TaskKey: flow.TaskKey{Node: node}, State: state}
}

// create stores the run as another worker's start left it, with nothing done.
func (w *world) create(changes ...func(*flow.Run)) {
	w.Helper()
	b := w.config.Blueprints[0]
	hash, err := b.Hash()
	if err != nil {
		w.Fatal(err)
	}
	body, err := b.Body()
	if err != nil {
		w.Fatal(err)
	}
	now := w.clock.Now()
	run := flow.Run{ID: w.runID, BlueprintID: b.ID, BlueprintHash: hash, Status: flow.Running, StartedAt: now, LastUpdated: now, Active: "1",
		StartMessageID: "m-0", StartOwner: "another", StartLeaseUntil: now.Add(-time.Second), Input: json.RawMessage(`{"x":1}`)}
	for _, change := range changes {
		change(&run)
	}
	if _, err := w.store.Create(w.Context(), run); err != nil {
		w.Fatal(err)
	}
	if _, err := w.store.Commit(w.Context(), flow.Transition{Blueprint: &flow.BlueprintBody{Hash: hash, Body: body}}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) run() flow.Run {
	w.Helper()
	run, err := w.store.Run(w.Context(), w.runID)
	if err != nil {
		w.Fatal(err)
	}
	return run
}

// record is a node's record; the zero record if there is none.
func (w *world) record(node string) flow.TaskRecord {
	w.Helper()
	key := flow.TaskKey{Node: node}
	found, err := w.store.Load(w.Context(), flow.ReadSet{RunID: w.runID, Tasks: []flow.TaskKey{key}})
	if err != nil {
		w.Fatal(err)
	}
	return found.Tasks[key]
}

// wantStates compares the records' states, "" for none.
func (w *world) wantStates(want map[string]flow.State) {
	w.Helper()
	got := map[string]flow.State{}
	for node := range want {
		got[node] = w.record(node).State
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("states (-want +got):\n%s", diff)
	}
}

func (w *world) wantRun(status flow.Status) {
	w.Helper()
	if got := w.run().Status; got != status {
		w.Errorf("the run is %s, want %s", got, status)
	}
}

// wantSent takes what was sent: the nodes of jobs, in any order.
func (w *world) wantSent(nodes ...string) []letter {
	w.Helper()
	sent := w.queue.take()
	var got []string
	for _, letter := range sent {
		got = append(got, letter.Of.NodeID)
	}
	slices.Sort(got)
	slices.Sort(nodes)
	if !slices.Equal(got, nodes) {
		w.Errorf("jobs were sent for %q, want %q", got, nodes)
	}
	return sent
}

func (w *world) wantStarts(node string, want int) {
	w.Helper()
	if got := w.started.count(node); got != want {
		w.Errorf("the code of %s started %d times, want %d", node, got, want)
	}
}

// again is a message as it comes back.
func again(m flow.Message) flow.Message {
	m.Receives++
	return m
}

func onReceive(m flow.Message, n int) flow.Message {
	m.Receives = n
	return m
}

// requests are what the engine asked of store and queue since the mark.
func (w *world) requests(mark int) []string { return w.wire.Requests()[mark:] }

func (w *world) wantRequests(mark int, want ...string) {
	w.Helper()
	if diff := cmp.Diff(want, w.requests(mark)); diff != "" {
		w.Errorf("requests (-want +got):\n%s", diff)
	}
}

// between does something right before the n-th request from now on.
func (w *world) between(n int, do func()) {
	w.Helper()
	w.wire = flowtest.NewFlaky(&interloper{Store: w.store, at: n, do: do}, w.queue)
	w.engine = w.newEngine(nil)
}

// interloper is a store to which something happens before its n-th request.
type interloper struct {
	flow.Store
	n, at int
	do    func()
}

func (i *interloper) next() {
	if i.n++; i.n == i.at {
		i.do()
	}
}

func (i *interloper) Create(ctx context.Context, run flow.Run) (flow.Run, error) {
	i.next()
	return i.Store.Create(ctx, run)
}

func (i *interloper) Load(ctx context.Context, set flow.ReadSet) (flow.Snapshot, error) {
	i.next()
	return i.Store.Load(ctx, set)
}

func (i *interloper) Claim(ctx context.Context, c flow.Claim) (flow.TaskRecord, error) {
	i.next()
	return i.Store.Claim(ctx, c)
}

func (i *interloper) Commit(ctx context.Context, t flow.Transition) (flow.TaskRecord, error) {
	i.next()
	return i.Store.Commit(ctx, t)
}

func (i *interloper) Arrive(ctx context.Context, a flow.Arrival) (flow.Join, error) {
	i.next()
	return i.Store.Arrive(ctx, a)
}

// cancel ends the run as another worker's cancel message would.
func (w *world) cancel() {
	w.Helper()
	f := flow.Finish{Status: flow.Cancelled, FinishedAt: w.clock.Now()}
	if _, err := w.store.Commit(w.Context(), flow.Transition{Run: &flow.RunChange{RunID: w.runID, Finish: &f}}); err != nil {
		w.Fatal(err)
	}
}

var errBusy = errors.New("busy")

// taskFunc is node code without input.
func taskFunc(f func(*flow.Task) (flow.Result, error)) flow.Handler {
	return flow.HandlerFunc(func(_ context.Context, task *flow.Task) (flow.Result, error) { return f(task) })
}
