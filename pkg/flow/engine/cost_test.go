package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// cost counts a run's requests to the store and to the queue; a message costs its
// send, its receive and its deletion.
type cost struct{ store, queue int }

// consumed counts messages.
type consumed struct {
	*engine.Engine
	messages int
}

func (c *consumed) Handle(ctx context.Context, m state.Message) error {
	c.messages++
	return c.Engine.Handle(ctx, m)
}

// costOf runs a blueprint that the worker has run before.
func costOf(t *testing.T, b *flow.Blueprint) cost {
	t.Helper()
	queue := memory.NewQueue()
	wire := fault.NewInjector(memory.NewStore(), queue)
	engine, err := engine.New(wire, wire, flow.Registry{"small": flowtest.Stub("output"), "link": flow.HandlerFunc(link)},
		engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Spread: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var total cost
	for range 2 {
		mark, c := len(wire.Requests()), &consumed{Engine: engine}
		if _, err := client.New(wire, nil).Start(t.Context(), b.ID, nil); err != nil {
			t.Fatal(err)
		}
		if err := queue.Drain(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		total = cost{queue: 2 * c.messages}
		requests := wire.Requests()[mark:]
		for _, request := range requests {
			if request.Is("send") {
				total.queue++
			} else {
				total.store++
			}
		}
		if last := requests[len(requests)-1]; !last.Is("finish run completed") {
			t.Fatalf("the last request was %q, want the end of a completed run", last)
		}
	}
	return total
}

// link reads the context key of the previous node, and writes its own.
func link(ctx context.Context, task *flow.Task) (flow.Result, error) {
	var n int
	if _, err := fmt.Sscanf(task.NodeID, "n%d", &n); err != nil {
		return flow.Result{}, err
	}
	var last int
	if ok, err := task.Get(ctx, fmt.Sprintf("k%d", n-1), &last); err != nil || ok != (n > 0) {
		return flow.Result{}, fmt.Errorf("the key of the node before: %t, %w", ok, err)
	}
	return flow.Result{Output: last + 1}, task.Set(fmt.Sprintf("k%d", n), last+1)
}

func chainOf(n int, uses string) *flow.Blueprint {
	b := &flow.Blueprint{ID: fmt.Sprintf("chain%d", n)}
	for i := range n {
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprintf("n%d", i), Uses: uses})
		if i > 0 {
			b.Edges = append(b.Edges, flow.Edge{Source: fmt.Sprintf("n%d", i-1), Target: fmt.Sprintf("n%d", i)})
		}
	}
	return b
}

func fanOf(n int) *flow.Blueprint {
	b := &flow.Blueprint{ID: "fan", Nodes: []flow.Node{{ID: "fork", Uses: "small"}, {ID: "join", Uses: "small"}}}
	for i := range n {
		id := fmt.Sprintf("n%d", i)
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "small"})
		b.Edges = append(b.Edges, flow.Edge{Source: "fork", Target: id}, flow.Edge{Source: id, Target: "join"})
	}
	return b
}

func TestRequestsPerNodeStayWithinTheirBudget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint    *flow.Blueprint
		store, queue float64
	}{
		"a chain of 10":                         {chainOf(10, "small"), 1.6, 0.4},
		"a chain of 50":                         {chainOf(50, "small"), 1.2, 0.1},
		"a fan-out of 8 and its join":           {fanOf(8), 1.6, 0.35},
		"a fan-out of 100 and its join":         {fanOf(100), 1.2, 0.1},
		"a fan-out of 1,000 and its join":       {fanOf(1000), 1.2, 0.1},
		"a chain of 50 with a key read and set": {chainOf(50, "link"), 2.1, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, nodes := costOf(t, test.blueprint), float64(len(test.blueprint.Nodes))
			store, queue := float64(got.store)/nodes, float64(got.queue)/nodes
			t.Logf("%.2f store and %.2f queue requests per node", store, queue)
			if store > test.store || queue > test.queue {
				t.Errorf("%.2f store and %.2f queue requests per node, want at most %.1f and %.1f", store, queue, test.store, test.queue)
			}
		})
	}
}

func TestOneMoreNodeOfAChainIsOneMoreRequest(t *testing.T) {
	t.Parallel()
	ten, fifty, hundred := costOf(t, chainOf(10, "small")), costOf(t, chainOf(50, "small")), costOf(t, chainOf(100, "small"))
	if got := fifty.store - ten.store; got != 40 {
		t.Errorf("40 more nodes cost %d more store requests, want 40", got)
	}
	if got := hundred.store - ten.store; got != 90 {
		t.Errorf("90 more nodes cost %d more store requests, want 90", got)
	}
	if ten.queue != 3 || fifty.queue != 3 || hundred.queue != 3 {
		t.Errorf("the queue requests were %d, %d and %d, want 3 each: one message", ten.queue, fifty.queue, hundred.queue)
	}
}

// TestHandlingThatCreatedItsRunReadsNothing counts the reads of runs that one handling
// performs from start to end.
func TestHandlingThatCreatedItsRunReadsNothing(t *testing.T) {
	t.Parallel()
	diamond := `"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"b","target":"d"},{"source":"c","target":"d"}]`
	for name, text := range map[string]string{
		"keys of the run's input": `"nodes":[{"id":"a","uses":"pass","inputs":"x"},{"id":"b","uses":"pass","inputs":{"p":"x","q":"a"}}],"edges":[{"source":"a","target":"b"}]`,
		"keys that code reads":    `"nodes":[{"id":"a","uses":"count"},{"id":"b","uses":"count"}],"edges":[{"source":"a","target":"b"}]`,
		"names of nodes":          `"nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","inputs":"a"},{"id":"c","uses":"pass","inputs":"a"}],"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]`,
		"a fallback":              `"nodes":[{"id":"a","uses":"broken","config":{"fallback":"f"}},{"id":"f","uses":"pass"},{"id":"c","uses":"pass"}],"edges":[{"source":"a","target":"c"}]`,
		"conditions":              `"nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],` + strings.Replace(diamond, `"b"}`, `"b","condition":"context.none == 1"}`, 1),
		"a join":                  `"nodes":[{"id":"a","uses":"count"},{"id":"b","uses":"count"},{"id":"c","uses":"count"},{"id":"d","uses":"pass","inputs":"n"}],` + diamond,
		"several ends":            `"nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"count"},{"id":"c","uses":"pass"}],"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			count := flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
				var none, n int
				if _, err := task.Get(ctx, "none", &none); err != nil {
					return flow.Result{}, err
				}
				if _, err := task.Get(ctx, "n", &n); err != nil {
					return flow.Result{}, err
				}
				return flow.Result{Output: n}, task.Set("n", n+1)
			})
			broken := taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{}, flow.Permanent(errors.New("broken")) })
			w := setup(t, `{"id":"b",`+text+`}`, flow.Registry{"count": count, "broken": broken},
				func(c *engine.Config) { c.Strands, c.Spread = 4, time.Hour })
			w.handle(w.start())
			w.wantRun(flow.Completed)
			for _, request := range w.requests(0) {
				if strings.HasPrefix(request, "load") {
					t.Errorf("the requests were %q, want no load", w.requests(0))
				}
			}
		})
	}
}

// A write that comes after a newer one, of a branch that another worker performs, does not
// take effect: nodes behind it must not read the value that was known before both.
func TestKeyThatAnotherWorkerHasWrittenIsRead(t *testing.T) {
	t.Parallel()
	var w *world
	write := flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		if task.NodeID == "b" {
			newer := state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: []byte(`"newer"`), Clock: state.ClockOf(0, 9, state.TaskKey{Node: "z"})}}
			if _, err := w.store.Commit(ctx, state.Transition{Value: &state.ValueChange{RunID: w.runID, ContextWrite: newer}}); err != nil {
				return flow.Result{}, err
			}
		}
		return flow.Result{}, task.Set("k", task.NodeID)
	})
	w = setup(t, `{"id":"b","nodes":[{"id":"a","uses":"write"},{"id":"b","uses":"write"},{"id":"c","uses":"pass","inputs":"k"}],
		"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`, flow.Registry{"write": write})
	w.handle(w.start())
	w.wantRun(flow.Completed)
	if got := string(w.run().Result); got != `"newer"` {
		t.Errorf("the node behind read %s, want the newer value", got)
	}
}

// reading keeps the read sets.
type reading struct {
	state.Store
	sets []state.ReadSet
}

func (r *reading) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	r.sets = append(r.sets, set)
	return r.Store.Load(ctx, set)
}

func TestRunInputIsReadOnceForAllContextKeys(t *testing.T) {
	t.Parallel()
	read := taskFunc(func(task *flow.Task) (flow.Result, error) {
		sum := 0
		for _, key := range []string{"x", "y", "none"} {
			var n int
			if _, err := task.Get(t.Context(), key, &n); err != nil {
				return flow.Result{}, err
			}
			sum += n
		}
		return flow.Result{Output: sum}, nil
	})
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"read"},{"id":"c","uses":"read"}],
		"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`, flow.Registry{"read": read})
	store := &reading{Store: w.store}
	w.wire = fault.NewInjector(store, w.queue)
	w.engine = w.newEngine(flow.Registry{"read": read})
	w.create(func(r *state.Run) { r.Input = []byte(`{"x":1,"y":2}`) })
	w.put(done("a", 0))
	w.handle(w.job("b"))
	w.wantRun(flow.Completed)
	if got := string(w.run().Result); got != "3" {
		t.Errorf("the result is %s, want 3", got)
	}
	inputs := 0
	for _, set := range store.sets {
		if set.Input {
			inputs++
		}
	}
	if inputs != 1 {
		t.Errorf("the run's input was read %d times in %d reads, want once", inputs, len(store.sets))
	}
}
