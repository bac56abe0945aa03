package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ladder is a start node r that goes on to k, and not into n joins that lead to each
// other: j0 -> d0 -> j1 and j0 -> j1, …, where r leads to each d too.
func ladder(n int) *flow.Blueprint {
	b := &flow.Blueprint{ID: "ladder"}
	node := func(id string) { b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "pass"}) }
	edge := func(source, target, condition string) {
		b.Edges = append(b.Edges, flow.Edge{Source: source, Target: target, Condition: condition})
	}
	node("r")
	node("k")
	edge("r", "k", "")
	node("j0")
	edge("r", "j0", "false")
	for i := range n {
		j, d, next := fmt.Sprintf("j%d", i), fmt.Sprintf("d%d", i), fmt.Sprintf("j%d", i+1)
		node(d)
		node(next)
		edge("r", d, "false")
		edge(j, next, "")
		edge(j, d, "")
		edge(d, next, "")
	}
	return b
}

// A dead edge that propagates through many joins costs one arrival for each edge into
// a join, also when its message comes again and finds every join full.
func TestDeathThroughManyJoinsIsLinear(t *testing.T) {
	t.Parallel()
	const n = 12
	w := setup(t, "", nil, func(c *engine.Config) { c.Blueprints = []*flow.Blueprint{ladder(n)} })
	w.create()
	m := w.job("r")
	w.handle(m)
	w.wantRun(flow.Completed)
	first := w.count()
	w.reopen()
	w.clock.pass(lease)
	w.handle(again(m))
	w.wantRun(flow.Completed)
	if got := w.count() - first; got > 4*n+first {
		t.Errorf("the message caused %d requests, and %d when it came again: want at most one more for each of %d edges into joins", first, got, 4*n)
	}
}

// fan is a fork to n nodes, whose ids have a given length in bytes, and their join, if
// any.
func fan(n, length int, join flow.JoinStrategy) *flow.Blueprint {
	b := &flow.Blueprint{ID: "wide", Nodes: []flow.Node{{ID: "fork", Uses: "pass"}}}
	if join != "" {
		b.Nodes = append(b.Nodes, flow.Node{ID: "join", Uses: "pass", Config: flow.NodeConfig{JoinStrategy: join}})
	}
	for i := range n {
		id := fmt.Sprintf("%0*d", length, i)
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "pass"})
		b.Edges = append(b.Edges, flow.Edge{Source: "fork", Target: id})
		if join != "" {
			b.Edges = append(b.Edges, flow.Edge{Source: id, Target: "join"})
		}
	}
	return b
}

// A branch costs the same at any width, and no set of sources grows beyond the size
// that one write can hold.
func TestWideFansCostTheSameABranch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		join flow.JoinStrategy
		sent bool // each branch has a message of its own
	}{{flow.JoinAll, false}, {flow.JoinAll, true}, {flow.JoinAny, true}, {"", false}, {"", true}} {
		join := test.join
		t.Run(fmt.Sprintf("join %q, sent %t", join, test.sent), func(t *testing.T) {
			t.Parallel()
			var narrow float64
			for _, n := range []int{40, 400, 1500} {
				store := &arrivals{Store: memory.NewStore()}
				requests := fanRequests(t, store, fan(n, 200, join), test.sent)
				each := float64(requests) / float64(n)
				if narrow == 0 {
					narrow = each
				}
				if each > narrow*1.1 {
					t.Errorf("%d branches cost %.2f requests each, want at most a tenth more than the %.2f of a narrow fan", n, each, narrow)
				}
				for _, join := range store.joins {
					if most := decide.ShardSize; len(join.Arrived) > most || len(join.Taken) > most || len(join.Full) > most {
						t.Fatalf("a set of %d branches holds %d sources and %d shards, want at most %d", n, len(join.Arrived), len(join.Full), most)
					}
				}
			}
		})
	}
}

// fanRequests runs a blueprint, and counts the requests to the store.
func fanRequests(t *testing.T, store *arrivals, b *flow.Blueprint, sent bool) int {
	t.Helper()
	queue := memory.NewQueue()
	wire := fault.NewInjector(store, queue)
	config := engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Spread: time.Hour}
	if sent {
		config.Strands, config.Spread = 1, -1
	}
	worker, err := engine.New(wire, wire, nil, config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.New(queue, nil).Start(t.Context(), b.ID, 1, client.WithRunID("run")); err != nil {
		t.Fatal(err)
	}
	if err := queue.Drain(t.Context(), worker); err != nil {
		t.Fatal(err)
	}
	found, err := store.Load(t.Context(), state.ReadSet{RunID: "run", Run: true})
	if err != nil || found.Run == nil || found.Run.Status != flow.Completed {
		t.Fatalf("the run of %d nodes is %+v, %v, want it completed", len(b.Nodes), found.Run, err)
	}
	return len(wire.Requests())
}

// A chain keeps the outcomes of its tasks, so that the next tasks need not read them,
// but no more than a worker's memory can hold.
func TestChainOfLargeOutputsForgetsThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ nodes, reads int }{{10, 1}, {20, 3}} { // 2 MB are first found, and then read
		b := chainOf(test.nodes, "large")
		last := fmt.Sprintf("n%d", test.nodes-1)
		params := fmt.Sprintf(`{"expression":"[outputs.n0.length, outputs.%s.length]"}`, last)
		b.Nodes = append(b.Nodes, flow.Node{ID: "sum", Uses: "eval", Params: json.RawMessage(params)})
		b.Edges = append(b.Edges, flow.Edge{Source: last, Target: "sum"})
		w := setup(t, "", flow.Registry{"large": flowtest.Stub(strings.Repeat("x", 1<<20))}, func(c *engine.Config) { c.Blueprints = []*flow.Blueprint{b} })
		w.create()
		w.handle(w.job("n0"))
		w.wantRun(flow.Completed)
		if got := string(w.run().Result); got != `[1048576,1048576]` {
			t.Errorf("the result is %s, want the lengths of the first and the last output", got)
		}
		reads := 0
		for _, request := range w.requests(0) {
			if request == "load" {
				reads++
			}
		}
		if reads != test.reads {
			t.Errorf("%d nodes with 1 MB each cost %d reads, want %d", test.nodes, reads, test.reads)
		}
	}
}

// slowStore lets a second pass with every read, and answers none after the end of the
// invocation.
type slowStore struct {
	state.Store
	clock *clock
	end   time.Time
}

func (s *slowStore) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	s.clock.pass(time.Second)
	if s.clock.Now().After(s.end) {
		return state.Snapshot{}, context.DeadlineExceeded
	}
	return s.Store.Load(ctx, set)
}

// A walk may take longer than a message has time: it must make progress all the same,
// or the message would walk the same way again and again.
func TestWalkOfALongChainHandsOnWhenTimeRunsShort(t *testing.T) {
	t.Parallel()
	const n = 150
	w := setup(t, "", nil, func(c *engine.Config) { c.Blueprints = []*flow.Blueprint{chainOf(n, "pass")} })
	slow := &slowStore{Store: w.store, clock: w.clock}
	w.wire = fault.NewInjector(slow, w.queue)
	w.engine = w.newEngine(nil)
	w.create()
	for i := range n - 1 {
		w.put(done(fmt.Sprintf("n%d", i), i))
	}
	messages := []state.Message{w.job("n0")}
	for range 5 {
		slow.end = w.clock.Now().Add(timeout)
		if len(messages) != 1 {
			t.Fatalf("%d messages, want one", len(messages))
		}
		if err := w.engine.Handle(t.Context(), messages[0]); err == nil {
			messages = nil
		}
		for _, letter := range w.queue.take() {
			messages = append(messages, letter.Message)
		}
		if len(messages) == 0 {
			break
		}
		w.clock.pass(lease)
	}
	w.wantStarts(fmt.Sprintf("n%d", n-1), 1)
	w.wantRun(flow.Completed)
}

// A value too large for an item fails its node, or its run, at once with its own code:
// the store would refuse it again and again.
func TestValueTooLargeForAnItemFails(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 400_000)
	for name, test := range map[string]struct {
		code    flow.Handler
		want    string // the error's code
		message string
	}{
		"an action":                 {taskFunc(func(*flow.Task) (flow.Result, error) { return flow.Result{Action: long}, nil }), flow.CodeValueTooLarge, "the action has 400000 bytes"},
		"a context key of no UTF-8": {taskFunc(func(task *flow.Task) (flow.Result, error) { return flow.Result{}, task.Set("\xff", 1) }), flow.CodeError, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"code","config":{"maxRetries":3}}]}`, flow.Registry{"code": test.code})
			w.handle(w.start())
			w.wantRun(flow.Failed)
			if got := w.run().Error; got.Code != test.want || !strings.Contains(got.Message, test.message) || got.Attempt != 1 {
				t.Errorf("the error is %+v, want %s, %q, at the first attempt", got, test.want, test.message)
			}
		})
	}
	t.Run("an error's code is cut", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"code"}]}`, flow.Registry{"code": taskFunc(func(*flow.Task) (flow.Result, error) {
			return flow.Result{}, flow.WithCode(errBusy, long)
		})})
		w.handle(w.start())
		if got := w.run().Error; len(got.Code) > 300 {
			t.Errorf("the code has %d bytes", len(got.Code))
		}
	})
	t.Run("the result of many ends", func(t *testing.T) {
		t.Parallel()
		b := &flow.Blueprint{ID: "ends"}
		for i := range 8 {
			b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprint(i), Uses: "code"})
		}
		w := setup(t, "", flow.Registry{"code": flowtest.Stub(strings.Repeat("x", 4<<20))}, func(c *engine.Config) { c.Blueprints = []*flow.Blueprint{b} })
		w.handle(w.start())
		w.drain()
		w.wantRun(flow.Failed)
		if got := w.run().Error; got.Code != flow.CodeValueTooLarge || !strings.Contains(got.Message, "8 ends have 33554448 bytes") {
			t.Errorf("the error is %+v", got)
		}
	})
}
