package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/spawn"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// strands lets a message keep its tasks.
func strands(n int, spread time.Duration) func(*engine.Config) {
	return func(c *engine.Config) { c.Strands, c.Spread = n, spread }
}

// realTime is that of a bubble.
func realTime(c *engine.Config) { c.Now = time.Now }

// branches is a node s that leads to n nodes, b0 to bn, which lead to the join j, if it is
// given. The nodes use "work", with a config.
func branches(n int, join bool, config string) string {
	nodes, edges := []string{`{"id":"s","uses":"pass"}`}, []string{}
	for i := range n {
		nodes = append(nodes, fmt.Sprintf(`{"id":"b%d","uses":"work","config":%s}`, i, config))
		edges = append(edges, fmt.Sprintf(`{"source":"s","target":"b%d"}`, i))
		if join {
			edges = append(edges, fmt.Sprintf(`{"source":"b%d","target":"j"}`, i))
		}
	}
	if join {
		nodes = append(nodes, `{"id":"j","uses":"pass"}`)
	}
	return `{"id":"fan","nodes":[` + strings.Join(nodes, ",") + `],"edges":[` + strings.Join(edges, ",") + `]}`
}

// crowd is code that takes a time, and counts how often it runs at the same time.
type crowd struct {
	takes time.Duration
	mu    sync.Mutex
	now   int
	most  int
}

func (g *crowd) Handle(ctx context.Context, _ *flow.Task) (flow.Result, error) {
	g.mu.Lock()
	g.now++
	g.most = max(g.most, g.now)
	g.mu.Unlock()
	select {
	case <-time.After(g.takes):
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
	return flow.Result{}, ctx.Err()
}

// A fan-out, its join and the run's end cost one write for each node, and no message.
func TestFanOutInOneHandling(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprint string
		nodes     int
	}{
		"that joins":     {branches(8, true, `{}`), 10},
		"without a join": {branches(8, false, `{}`), 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, test.blueprint, flow.Registry{"work": flow.HandlerFunc(pass)}, strands(16, time.Hour))
			w.handle(w.start())
			w.wantRun(flow.Completed)
			commits, others := 0, []string{}
			for _, request := range w.requests(0) {
				if strings.HasPrefix(request, "commit") {
					commits++
				} else {
					others = append(others, request)
				}
			}
			if want := []string{"keep blueprint", "create run", "finish run completed"}; commits != test.nodes || !slices.Equal(others, want) {
				t.Errorf("%d commits and %q, want %d and %q", commits, others, test.nodes, want)
			}
		})
	}
}

func pass(_ context.Context, task *flow.Task) (flow.Result, error) {
	return flow.Result{Output: task.Input}, nil
}

// The number of strands grows with each task that is done, up to the limit; a strand takes
// a place among the messages that the worker works on.
func TestStrandsAreBounded(t *testing.T) {
	t.Parallel()
	starts := `{"id":"starts","nodes":[{"id":"a","uses":"work"},{"id":"b","uses":"work"},{"id":"c","uses":"work"}]}`
	for name, test := range map[string]struct {
		blueprint               string
		strands, parallel, most int
	}{
		"by the setting":              {branches(30, true, `{}`), 5, 32, 5},
		"by the places of the worker": {branches(30, true, `{}`), 16, 3, 3},
		"to one":                      {branches(30, true, `{}`), 1, 32, 1},
		"to one at the run's start":   {starts, 1, 32, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				code := &crowd{takes: time.Millisecond}
				w := setup(t, test.blueprint, flow.Registry{"work": code}, strands(test.strands, time.Hour), realTime,
					func(c *engine.Config) { c.Parallel = test.parallel })
				w.handle(w.start())
				w.wantRun(flow.Completed)
				if code.most != test.most || len(w.queue.take()) > 0 {
					t.Errorf("%d ran at the same time, want %d and no message", code.most, test.most)
				}
			})
		})
	}
}

// Long tasks spread: while the others take long, half of those that have not begun are sent
// again and again, and at once when it is known.
func TestLongTasksSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		code := &crowd{takes: time.Second}
		w := setup(t, branches(8, true, `{}`), flow.Registry{"work": code}, strands(16, 100*time.Millisecond), realTime)
		began := time.Now()
		go func() {
			for _, sent := range [][]string{{"b5", "b6", "b7"}, {"b3", "b4"}, {"b2"}, {}} {
				time.Sleep(101 * time.Millisecond)
				w.wantSent(sent...)
			}
		}()
		w.handle(w.start())
		if took := time.Since(began); took != time.Second {
			t.Errorf("the message took %s, want a second: it does what it has begun", took)
		}
		for i := 2; i < 8; i++ {
			w.handle(w.job(fmt.Sprint("b", i)))
		}
		w.wantRun(flow.Completed)

		w.runID = "next"
		w.handle(w.start())
		w.wantSent("b5", "b6", "b7", "b3", "b4", "b2")
		if code.most != 2 {
			t.Errorf("%d ran at the same time, want 2", code.most)
		}
	})
}

// A message keeps short tasks for as long as there is time for them.
func TestShortTasksStayUntilTimeIsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		code := &crowd{takes: time.Second}
		w := setup(t, branches(100, true, `{}`), flow.Registry{"work": code}, strands(1, time.Hour), realTime)
		w.handle(w.start())
		sent := w.queue.take()
		if want := 100 - 38; len(sent) != want { // a node's timeout and the reserve take 23 s of 60 s
			t.Errorf("%d tasks were sent, want %d", len(sent), want)
		}
		for _, letter := range sent {
			w.handle(letter.Message)
		}
		w.wantRun(flow.Completed)
	})
}

// Some tasks run beside no other, or never in the message of another.
func TestTasksApart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		branches int
		config   string
		sent     int
	}{
		"at most once, beside others": {3, `{"semantics":"at-most-once"}`, 3},
		"at most once, alone":         {1, `{"semantics":"at-most-once"}`, 0},
		"never inline":                {1, `{"inline":false}`, 1},
		"inline":                      {3, `{"inline":true}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, branches(test.branches, false, test.config), flow.Registry{"work": flow.HandlerFunc(pass)}, strands(16, time.Hour))
			w.handle(w.start())
			sent := w.queue.take()
			if len(sent) != test.sent {
				t.Errorf("%d tasks were sent, want %d", len(sent), test.sent)
			}
			for _, letter := range sent {
				w.handle(letter.Message)
			}
			w.wantRun(flow.Completed)
		})
	}
}

// A task that cannot be recorded is sent, and the other strands go on.
func TestStrandThatCannotRecord(t *testing.T) {
	t.Parallel()
	w := setup(t, branches(4, true, `{}`), flow.Registry{"work": flow.HandlerFunc(pass)}, strands(16, time.Hour))
	w.inject("refuse commit b2")
	w.handle(w.start())
	for _, letter := range w.wantSent("b2") {
		w.handle(letter.Message)
	}
	w.wantRun(flow.Completed)
	w.wantStarts("b1", 1)
}

// If it cannot be sent either, the message comes back when the other strands are at their
// end.
func TestStrandThatFailsReturnsTheMessage(t *testing.T) {
	t.Parallel()
	w := setup(t, branches(4, true, `{}`), flow.Registry{"work": flow.HandlerFunc(pass)}, strands(16, time.Hour))
	m := w.start()
	w.inject("refuse commit b2")
	w.inject("refuse send")
	w.wantBack(m)
	w.wantStates(map[string]flow.State{"s": flow.TaskDone, "b0": flow.TaskDone, "b1": flow.TaskDone, "b3": flow.TaskDone})
	w.clock.pass(lease)
	w.handle(again(m))
	w.drain()
	w.wantRun(flow.Completed)
	for i := range 4 {
		if i != 2 {
			w.wantStarts(fmt.Sprint("b", i), 1)
		}
	}
}

// The host sees the panic of a strand with its stack.
func TestPanicOfAStrand(t *testing.T) {
	t.Parallel()
	w := setup(t, branches(4, true, `{}`), flow.Registry{"work": flow.HandlerFunc(pass)}, strands(16, time.Hour),
		func(c *engine.Config) {
			c.Events = func(e flow.Event) {
				if e.NodeID == "b1" {
					panic("broken")
				}
			}
		})
	m := w.start()
	defer func() {
		value := recover()
		if p, ok := value.(*spawn.Panic); ok {
			value = p.Value
		}
		if value != "broken" {
			t.Errorf("recovered %v, want the strand's panic", value)
		}
	}()
	_ = w.deliver(m)
}

// A join of which only some branches are this message's gets their arrivals in one write,
// and is claimed.
func TestForeignArrivals(t *testing.T) {
	t.Parallel()
	w := setup(t, `{"id":"two","nodes":[{"id":"x","uses":"pass"},{"id":"y","uses":"pass"},{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"j","uses":"pass"}],
		"edges":[{"source":"x","target":"a"},{"source":"x","target":"b"},{"source":"a","target":"j"},{"source":"b","target":"j"},{"source":"y","target":"j"}]}`,
		nil, strands(16, time.Hour))
	w.create()
	w.handle(w.job("x"))
	mark := w.count()
	arrivals := func(requests []string) (n int) {
		for _, request := range requests {
			if strings.HasPrefix(request, "arrive at j") {
				n++
			}
		}
		return n
	}
	if got := arrivals(w.requests(0)); got != 1 {
		t.Errorf("%q: %d arrivals, want that of a and b in one", w.requests(0), got)
	}
	w.handle(w.job("y"))
	w.wantRun(flow.Completed)
	if got := w.requests(mark); arrivals(got) != 1 || !slices.Contains(got, "claim j") {
		t.Errorf("%q: want the arrival of y, and a claim of j", got)
	}
}

// A node that may have ended a worker runs beside no other any more.
func TestHeavyNodeRunsApart(t *testing.T) {
	t.Parallel()
	w := setup(t, branches(3, true, `{}`), flow.Registry{"work": flow.HandlerFunc(pass)}, strands(16, time.Hour))
	w.create()
	w.put(done("s", 0, 2, 4))
	died := inState("b1", flow.TaskRunning)
	died.Via, died.Starts = state.ViaMessage, 1
	w.put(died)
	w.handle(w.job("b1"))
	w.runID = "next"
	w.handle(w.start())
	w.wantSent("b1")
	if errors.Is(w.deliver(w.job("b1")), engine.ErrNoTime) {
		t.Error("its own message has no time for it")
	}
	w.wantRun(flow.Completed)
}
