package wire_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/internal/wire"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var noContext = context.Background()

// begin is the time at which every trial begins.
var begin = suites.Now

const stalledAfter = 5 * time.Minute

// trial is one run of a case over a wire. SQS takes its messages, but a queue in
// memory delivers the messages that SQS took: its clock jumps over delays, leases,
// backoffs and visibility timeouts, for which SQS would let the test wait.
type trial struct {
	c          *testCase
	runID      string
	wire       *wire.Wire
	store      *dynamo.Store
	plain      *dynamo.Store // for the test's own reads
	queue      *memory.Queue
	journal    *journal
	engine     *engine.Engine
	reconciler *engine.Reconciler
	around     func(handle func() error) error // nil: messages are handled directly

	starts suites.Starts

	mu    sync.Mutex
	ahead time.Duration // of the engine's clock to the queue's

	handled, returned int // messages, and those of them that came back
	rescued           int // jobs that the reconciler had to send again
}

func newTrial(t *testing.T, s *stack, c *testCase, runID string) *trial {
	t.Helper()
	runID = inFirstShard(runID)
	tr := &trial{c: c, runID: runID, queue: memory.NewQueue(memory.StartAt(begin), memory.MaxHandled(300))}
	tr.journal = newJournal(s.names, tr.queue)
	tr.plain, _ = s.clients(wire.New(transport), tr.now)
	tr.wire = tr.newWire()
	store, queue := s.clients(tr.wire, tr.now)
	tr.store = store
	tr.engine = tr.newEngine(t, store, queue)
	var err error
	n := named{fault.NewInjector(store, queue), store, store, queue}
	tr.reconciler, err = engine.NewReconciler(n, dynamo.NewCoordinationStore(store), n, tr.reconciling())
	if err != nil {
		t.Fatal(err)
	}
	var input any
	if c.input != "" {
		input = json.RawMessage(c.input)
	}
	if _, err := client.New(tr.queue, nil).Start(t.Context(), tr.blueprint(t).ID, input, client.WithRunID(runID)); err != nil {
		t.Fatal(err)
	}
	return tr
}

// inFirstShard makes the reconciler find every run by the same requests.
func inFirstShard(runID string) string {
	for n := range 1000 {
		id, hash := fmt.Sprintf("%s-%d", runID, n), fnv.New32a()
		hash.Write([]byte(id))
		if hash.Sum32()%16 == 0 {
			return id
		}
	}
	panic("no id is in the first shard")
}

// newWire returns a wire whose exchanges are recorded in the journal.
func (tr *trial) newWire() *wire.Wire {
	w := wire.New(transport)
	w.Answered = tr.journal.answered
	return w
}

func (tr *trial) blueprint(t *testing.T) *flow.Blueprint {
	t.Helper()
	b, err := flow.ParseBlueprint([]byte(tr.c.blueprint))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (tr *trial) config() engine.Config {
	return engine.Config{
		Strands: 1, Spread: -1, // requests are struck by their number, so they come in one order
		Retention: 24 * time.Hour, StalledAfter: stalledAfter,
		Now: tr.now, Jitter: func() float64 { return 0.5 },
	}
}

// reconciling returns a reconciler's configuration. The messages kept by SQS are no
// backlog here: they are never received.
func (tr *trial) reconciling() engine.ReconcilerConfig {
	return engine.ReconcilerConfig{Config: tr.config(), RescueLimit: math.MaxInt}
}

func (tr *trial) newEngine(t *testing.T, store state.Store, queue state.Queue) *engine.Engine {
	t.Helper()
	config := tr.config()
	config.Blueprints = []*flow.Blueprint{tr.blueprint(t)}
	config.Middleware = []flow.Middleware{tr.starts.Middleware}
	n := named{Injector: fault.NewInjector(store, queue)}
	engine, err := engine.New(n, n, registry, config)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// named tells the wire which requests of the engine are being made. It injects
// nothing.
type named struct {
	*fault.Injector
	state.Directory
	state.Sweep
	state.Backlog
}

func (tr *trial) now() time.Time {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.queue.Now().Add(tr.ahead)
}

func (tr *trial) pass(d time.Duration) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.ahead += d
}

// Handle implements [memory.Consumer].
func (tr *trial) Handle(ctx context.Context, m state.Message) error {
	handle := func() error {
		err := tr.engine.Handle(ctx, m)
		tr.handled++
		if err != nil {
			tr.returned++
		}
		return err
	}
	if tr.around != nil {
		return tr.around(handle)
	}
	return handle()
}

// maxTicks is more than any case needs.
const maxTicks = 20

// finish delivers messages until none is left and the run has ended; if it has not,
// time passes and the reconciler ticks. Messages that multiply for ever are an
// error of Drain.
func (tr *trial) finish(ctx context.Context) error {
	for range maxTicks {
		if err := tr.queue.Drain(ctx, tr); err != nil {
			return err
		}
		run, err := tr.plain.Run(ctx, tr.runID)
		if err == nil && run.Status.Terminal() {
			return nil
		}
		if err != nil && !errors.Is(err, flow.ErrNotFound) {
			return err
		}
		tr.pass(stalledAfter + time.Minute)
		stats, _ := tr.reconciler.Tick(ctx) // the next tick does the rest
		tr.rescued += stats.Jobs
	}
	return fmt.Errorf("the run has not ended after %d ticks", maxTicks)
}

// outcome is the result of a run, without the parts that vary between runs.
type outcome struct {
	Report string
	States string
	Failed string // the node and code of the run's error
}

// outcome finishes the run, and lists all problems regardless of its result.
// permitted is the total number of repeated starts of code.
func (tr *trial) outcome(ctx context.Context, permitted int) (o outcome, problems []string) {
	if err := tr.finish(ctx); err != nil {
		return o, []string{err.Error()}
	}
	report, err := client.New(nil, tr.plain).Report(ctx, tr.runID)
	if err != nil {
		return o, []string{err.Error()}
	}
	problems = append(tr.journal.verify(report), tr.executions(report, permitted)...)
	for _, letter := range tr.queue.Dead() {
		problems = append(problems, fmt.Sprintf("a dead letter: %s: %v", letter.Body, letter.Err))
	}
	return tr.normalise(report), problems
}

func (tr *trial) normalise(report *flow.Report) outcome {
	var o outcome
	states := make([]string, len(report.Nodes))
	for i := range report.Nodes {
		node := &report.Nodes[i]
		states[i] = string(node.State)
		node.StartedAt, node.FinishedAt = timeless(node.StartedAt), timeless(node.FinishedAt)
	}
	o.States = strings.Join(states, " ")
	if report.Error != nil {
		o.Failed = report.Error.NodeID + " " + report.Error.Code
	}
	text, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return outcome{Report: err.Error()}
	}
	o.Report = strings.ReplaceAll(string(text), tr.runID, "RUN")
	return o
}

func timeless(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return &begin
}

// executions lists code that must not run but did, or ran too often.
func (tr *trial) executions(report *flow.Report, permitted int) []string {
	problems := tr.starts.Problems(report, permitted)
	if n := tr.starts.Most(state.TaskKey{Node: tr.c.once}); n > 1 {
		problems = append(problems, fmt.Sprintf("%s must start at most once, and started %d times", tr.c.once, n))
	}
	return problems
}

// clean runs the case without a fault, and returns its result.
func clean(t *testing.T, s *stack, c *testCase) (outcome, *trial) {
	t.Helper()
	var tr *trial
	var o outcome
	var problems []string
	for n := range 10 { // a run that takes a second has more requests: it reads its status again
		begun := time.Now()
		tr = newTrial(t, s, c, fmt.Sprintf("%s-clean-%d", c.id(), n))
		if o, problems = tr.outcome(t.Context(), 0); time.Since(begun) < time.Second {
			break
		}
	}
	for _, problem := range problems {
		t.Errorf("without a fault: %s", problem)
	}
	if o.States != c.states {
		t.Errorf("without a fault: the states are %s, want %s", o.States, c.states)
	}
	run, err := tr.plain.Run(t.Context(), tr.runID)
	if err != nil {
		t.Fatal(err)
	}
	if want := cmp.Or(c.status, flow.Completed); run.Status != want {
		t.Errorf("without a fault: the run is %s, want %s", run.Status, want)
	}
	if got := string(run.Result); c.result != "" && got != c.result {
		t.Errorf("without a fault: the result is %s, want %s", got, c.result)
	}
	if t.Failed() {
		t.FailNow()
	}
	return o, tr
}

func (c *testCase) id() string {
	return strings.NewReplacer(" ", "-", ",", "").Replace(c.name)
}

// trace returns the requests, for a failing test.
func (tr *trial) trace(at int) string {
	var text strings.Builder
	for i, r := range tr.wire.Requests() {
		fmt.Fprintf(&text, "%4d %s", i+1, r)
		if i+1 == at {
			text.WriteString("   <- struck")
		}
		text.WriteByte('\n')
	}
	return text.String()
}
