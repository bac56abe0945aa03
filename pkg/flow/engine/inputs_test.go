package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const mb = 1 << 20

// joinOf is n branches of 1 MB each, and their join.
func joinOf(n int) *flow.Blueprint {
	b := &flow.Blueprint{ID: "heavy", Nodes: []flow.Node{{ID: "join", Uses: "count", Config: flow.NodeConfig{MaxRetries: 3}}}}
	for i := range n {
		id := fmt.Sprint("n", i)
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "large"})
		b.Edges = append(b.Edges, flow.Edge{Source: id, Target: "join"})
	}
	return b
}

var heavyCode = flow.Registry{
	"large": flowtest.Stub(strings.Repeat("x", mb)),
	"count": flow.Func(func(_ context.Context, in map[string]string) (int, error) { return len(in), nil }),
}

func heavy(t *testing.T, b *flow.Blueprint, changes ...func(*engine.Config)) *world {
	return setup(t, "", heavyCode, append([]func(*engine.Config){func(c *engine.Config) {
		c.Blueprints, c.MaxValue, c.MaxInput = []*flow.Blueprint{b}, 2*mb, 6*mb
	}}, changes...)...)
}

// putLarge stores branches as done.
func (w *world) putLarge(n int) {
	for i := range n {
		record := done(fmt.Sprint("n", i), i)
		record.Output = []byte(`"` + strings.Repeat("x", mb) + `"`)
		w.put(record)
	}
}

func TestInputsAboveTheLimitFailTheirNode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		branches int
		want     flow.Status
	}{{5, flow.Completed}, {6, flow.Failed}} {
		w := heavy(t, joinOf(test.branches))
		w.create()
		w.putLarge(test.branches)
		w.handle(w.job("join"))
		w.wantRun(test.want)
		if test.want == flow.Completed {
			if got := string(w.run().Result); got != fmt.Sprint(test.branches) {
				t.Errorf("the join of %d branches returned %s", test.branches, got)
			}
			continue
		}
		w.wantStarts("join", 0)
		sum := fmt.Sprint(test.branches * (mb + 2))
		if got := w.run().Error; got.Code != flow.CodeValueTooLarge || got.Attempt != 1 || !strings.Contains(got.Message, sum) || !strings.Contains(got.Message, fmt.Sprint(6*mb)) {
			t.Errorf("the error is %+v, want %s with %s and the limit, at the first attempt", got, flow.CodeValueTooLarge, sum)
		}
	}
}

// It makes no difference whether a chain still knows the values or must read them.
func TestInputsAboveTheLimitFailTheirNodeInAChain(t *testing.T) {
	t.Parallel()
	b := chainOf(7, "large")
	b.Nodes = append(b.Nodes, flow.Node{ID: "all", Uses: "count", Inputs: flow.Inputs{Fields: map[string]string{}}})
	for i := range 7 {
		b.Nodes[7].Inputs.Fields[fmt.Sprint("f", i)] = fmt.Sprint("n", i)
	}
	b.Edges = append(b.Edges, flow.Edge{Source: "n6", Target: "all"})
	w := heavy(t, b)
	w.handle(w.start())
	w.wantRun(flow.Failed)
	w.wantStarts("all", 0)
	if got := w.run().Error; got.Code != flow.CodeValueTooLarge || got.NodeID != "all" {
		t.Errorf("the error is %+v", got)
	}
}

// A worker that dies while it loads the inputs of a node has started the node.
func TestDeathInLoadingCountsAsAStart(t *testing.T) {
	t.Parallel()
	w := heavy(t, joinOf(4))
	w.create()
	w.putLarge(4)
	m := w.job("join")
	for try := range 5 {
		m.Receives = 1 // as the reconciler sends it
		w.inject("crash before the 2nd load")
		_ = w.engine.Handle(t.Context(), m)
		if got := w.record("join"); got.Starts != try+1 {
			t.Fatalf("after %d deaths the task has %d starts", try+1, got.Starts)
		}
		w.wire.Revive()
		w.clock.pass(lease)
	}
	before := len(w.wire.Requests())
	w.handle(m)
	w.wantRun(flow.Failed)
	if got := w.run().Error; got.Code != state.CodeWorkerDied {
		t.Errorf("the error is %+v, want %s", got, state.CodeWorkerDied)
	}
	if loads := count(w.wire.Requests()[before:], fault.Load); loads != 1 {
		t.Errorf("the last start, which is one too many, made %d reads, want only the one of records", loads)
	}
}

func count(requests []fault.Request, want fault.Request) (n int) {
	for _, r := range requests {
		if r == want {
			n++
		}
	}
	return n
}

// readSets keeps the sets that are read.
type readSets struct {
	state.Store
	mu   sync.Mutex
	sets []state.ReadSet
}

func (r *readSets) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	r.mu.Lock()
	r.sets = append(r.sets, set)
	r.mu.Unlock()
	return r.Store.Load(ctx, set)
}

// A job that is only handed over to another message loads no values.
func TestJobHandedOverIsNotLoaded(t *testing.T) {
	t.Parallel()
	w := heavy(t, joinOf(4))
	w.create()
	w.putLarge(4)
	reads := &readSets{Store: w.store}
	w.wire = fault.NewInjector(reads, w.queue)
	w.engine = w.newEngine(heavyCode)
	m := w.job("join")
	m.Receives = 4
	w.handle(m)
	if sent := w.queue.take(); len(sent) != 1 {
		t.Fatalf("%d messages were sent, want the job again", len(sent))
	}
	if len(reads.sets) == 0 || slices.ContainsFunc(reads.sets, func(s state.ReadSet) bool { return !s.Bare }) {
		t.Errorf("the job was read as %v, want without values", reads.sets)
	}
}

// No more inputs are loaded at a time than half of the memory holds.
func TestInputsAreLoadedAsMemoryAllows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		code := flow.Registry{"large": heavyCode["large"], "count": taskFunc(func(*flow.Task) (flow.Result, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			time.Sleep(time.Second)
			return flow.Result{Output: 1}, nil
		})}
		b := joinOf(4)
		for i := range 7 {
			id := fmt.Sprint("m", i)
			b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "count", Inputs: flow.Inputs{Fields: map[string]string{"a": "n0", "b": "n1", "c": "n2", "d": "n3"}}})
			b.Edges = append(b.Edges, flow.Edge{Source: "n0", Target: id})
		}
		w := setup(t, "", code, func(c *engine.Config) {
			c.Blueprints, c.MaxValue, c.MaxInput, c.Memory, c.Now = []*flow.Blueprint{b}, 2*mb, 6*mb, 80*mb, nil
			c.NewID = nil
		})
		w.create()
		w.putLarge(4)
		first := done("n0", 0, 4, 5, 6, 7, 8, 9, 10)
		first.Output = []byte(`"` + strings.Repeat("x", mb) + `"`)
		w.put(first)
		var wait sync.WaitGroup
		for i := range 7 {
			wait.Go(func() {
				if err := w.engine.Handle(t.Context(), w.job(fmt.Sprint("m", i))); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if got := most.Load(); got != 2 {
			t.Errorf("%d tasks with 4 MB each were in memory at a time, want 2: of 80 MB half may be used, and each takes 16, and 2 for an output that is not known yet", got)
		}
		for i := range 7 {
			if got := w.record(fmt.Sprint("m", i)); got.State != flow.TaskDone {
				t.Errorf("m%d is %s", i, got.State)
			}
		}
	})
}

// An outcome that a chain goes on with is as large in memory as one that was read.
func TestLargeOutcomesOfChainsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		code := flow.Registry{"large": flowtest.Stub(strings.Repeat("x", 2*mb)), "count": taskFunc(func(*flow.Task) (flow.Result, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			time.Sleep(time.Second)
			return flow.Result{Output: 1}, nil
		})}
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"large"},{"id":"c","uses":"count"}],"edges":[{"source":"a","target":"c"}]}`, code, func(c *engine.Config) {
			c.MaxValue, c.MaxInput, c.Memory, c.Now, c.NewID = 3*mb, 6*mb, 46*mb, nil, nil
		})
		var wait sync.WaitGroup
		for i := range 7 {
			wait.Go(func() {
				if err := w.engine.Handle(t.Context(), startOf(fmt.Sprint("run-", i), 1)); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if got := most.Load(); got != 2 {
			t.Errorf("%d tasks with 2 MB each were in memory at a time, want 2: of 46 MB half may be used, and each takes 8, and 3 for an output that is not known yet", got)
		}
	})
}

// Chains of any length keep only as many outcomes as their share of the memory has room
// for: others are read again.
func TestChainsForgetLargeOutcomes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		memory, loads int
	}{"memory for all": {800 * mb, 0}, "memory for two": {160 * mb, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"large"},{"id":"b","uses":"large"},{"id":"c","uses":"large"},{"id":"c2","uses":"large"},{"id":"d","uses":"count","inputs":{"a":"a"}}],
				"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"c2"},{"source":"c2","target":"d"}]}`, heavyCode, func(c *engine.Config) {
				c.MaxValue, c.MaxInput, c.Memory, c.Parallel = 2*mb, 6*mb, test.memory, 16
			})
			loads := 0
			store := loading{w.wire, func(set state.ReadSet) {
				if slices.Contains(set.Tasks, state.TaskKey{Node: "a"}) && !set.Bare && set.MaxBytes > mb {
					loads++
				}
			}}
			var err error
			if w.engine, err = engine.New(store, w.wire, heavyCode, w.config); err != nil {
				t.Fatal(err)
			}
			w.handle(w.start())
			w.wantRun(flow.Completed)
			if loads != test.loads {
				t.Errorf("the outcome of a was read %d times, want %d", loads, test.loads)
			}
		})
	}
}

// loading is a store whose reads are seen.
type loading struct {
	state.Store
	see func(state.ReadSet)
}

func (l loading) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	l.see(set)
	return l.Store.Load(ctx, set)
}

// Values that one node writes are limited together.
func TestWritesAboveTheLimitFailTheirNode(t *testing.T) {
	t.Parallel()
	value := strings.Repeat("x", mb)
	for name, test := range map[string]struct {
		blueprint string
		code      flow.Handler
		want      string
	}{
		"context keys": {`{"id":"b","nodes":[{"id":"a","uses":"code"}]}`, taskFunc(func(task *flow.Task) (flow.Result, error) {
			for i := range 7 {
				if err := task.Set(fmt.Sprint("k", i), value); err != nil {
					return flow.Result{}, err
				}
			}
			return flow.Result{}, nil
		}), `context key "k5"`},
		"edges": {`{"id":"b","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"}],"edges":[
			{"source":"a","target":"b","transform":"[input, 1]"},{"source":"a","target":"c","transform":"[input, 2]"},{"source":"a","target":"d","transform":"[input, 3]"}]}`,
			flowtest.Stub(strings.Repeat("x", 17*mb/10)), "the values of its edges"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, test.blueprint, flow.Registry{"code": test.code}, func(c *engine.Config) { c.MaxValue, c.MaxInput = 2*mb, 6*mb })
			w.handle(w.start())
			w.wantRun(flow.Failed)
			if got := w.run().Error; got.Code != flow.CodeValueTooLarge || !strings.Contains(got.Message, test.want) {
				t.Errorf("the error is %+v, want %q", got, test.want)
			}
		})
	}
}

// A context key that code reads itself is bounded as well, and is no fault of the store.
func TestContextKeyTooLargeIsAnErrorOfTheCode(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"code","config":{"maxRetries":3}}]}`, flow.Registry{"code": flow.TaskFunc(func(ctx context.Context, task *flow.Task, _ any) (flow.Result, error) {
		var value string
		_, err := task.Get(ctx, "big", &value)
		return flow.Result{}, err
	})}, func(c *engine.Config) { c.MaxValue, c.MaxInput = mb, mb })
	w.create()
	w.put(inState("other", flow.TaskRunning), state.ContextWrite{Key: "big", ContextValue: state.ContextValue{Value: []byte(`"` + strings.Repeat("x", 2*mb) + `"`)}})
	w.handle(w.job("a"))
	w.wantRun(flow.Failed)
	if got := w.run().Error; got.Code != flow.CodeValueTooLarge || got.Attempt != 1 || !strings.Contains(got.Message, `"big"`) {
		t.Errorf("the error is %+v", got)
	}
}

func TestMaxInputIsAtMostAQuarterOfTheMemory(t *testing.T) {
	t.Parallel()
	w := heavy(t, joinOf(4), func(c *engine.Config) { c.Memory = 12 * mb })
	w.create()
	w.putLarge(4)
	w.handle(w.job("join"))
	w.wantRun(flow.Failed)
	if got := w.run().Error; !strings.Contains(got.Message, fmt.Sprint(3*mb)) {
		t.Errorf("the error is %+v, want the limit of 3 MB", got)
	}
}
