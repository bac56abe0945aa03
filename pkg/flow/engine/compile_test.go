package engine_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// shapes are blueprints of about n nodes, each wide or deep in another way.
var shapes = map[string]func(n int) *flow.Blueprint{
	"chain":            chainShape(func(*flow.Blueprint, int) {}),
	"chain of evals":   chainShape(func(b *flow.Blueprint, i int) { b.Nodes[i] = evalNode(b.Nodes[i].ID) }),
	"chain of aliases": chainShape(func(b *flow.Blueprint, i int) { b.Nodes[i].Inputs.Name = "n-0.total" }),
	"fan": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := 1; i < n; i++ {
			connect(b, 0, i)
		}
		return b
	},
	"join": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := 1; i < n; i++ {
			connect(b, i, 0)
		}
		return b
	},
	"fan and join": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := 1; i < n-1; i++ {
			connect(b, 0, i)
			connect(b, i, n-1)
		}
		b.Nodes[n-1].Config.JoinStrategy = flow.JoinAny
		return b
	},
	"ladder": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := range n - 2 {
			connect(b, i, i+1)
			connect(b, i, i+2)
		}
		return b
	},
	"layers": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := range n - n/100 {
			for next := range 3 {
				connect(b, i, n/100*(1+i/(n/100))+(i+next)%(n/100))
			}
		}
		return b
	},
	"fallbacks":               fallbackShape(func(*flow.Blueprint, int) {}),
	"fallbacks into one join": fallbackShape(func(b *flow.Blueprint, i int) { connect(b, i, len(b.Nodes)-1) }),
	"fallbacks with successors": fallbackShape(func(b *flow.Blueprint, i int) {
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprintf("after-%d", i), Uses: "pass"})
		connect(b, i, len(b.Nodes)-1)
	}),
	"pairs": func(n int) *flow.Blueprint { // each a node and its fallback
		b := nodesOf(n)
		for i := 0; i+1 < n; i += 2 {
			b.Nodes[i].Config.Fallback = b.Nodes[i+1].ID
			if i > 0 {
				connect(b, i-2, i)
			}
		}
		return b
	},
	"conditions": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := 1; i < n; i++ {
			connect(b, i-1, i)
			b.Edges[i-1].Condition = "n-0.total > 1 && context.limit < 3 || " + strings.Repeat("!", 20) + "outputs['n-1'].ok"
			b.Edges[i-1].Transform = "{a: input.a, b: n-2.b}"
		}
		return b
	},
	"faults": func(n int) *flow.Blueprint { // every node lacks its code, and no start node leads to it
		b := nodesOf(n)
		for i := range n {
			b.Nodes[i].Uses = "missing"
			connect(b, i, (i+1)%n)
		}
		return b
	},
	"metadata of every node": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		places := make([]string, n)
		for i := range n {
			places[i] = fmt.Sprintf(`"n-%d": {"x": %d, "y": 0}`, i, i)
		}
		b.Metadata = []byte("{" + strings.Join(places, ",") + "}")
		return b
	},
	"inputs of every node": func(n int) *flow.Blueprint {
		b := nodesOf(n)
		b.Nodes[0].Inputs.Fields = map[string]string{}
		for i := 1; i < n; i++ {
			b.Nodes[0].Inputs.Fields[b.Nodes[i].ID] = b.Nodes[i].ID + ".a.b"
		}
		return b
	},
}

func nodesOf(n int) *flow.Blueprint {
	b := &flow.Blueprint{ID: "b"}
	for i := range n {
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprintf("n-%d", i), Uses: "pass"})
	}
	return b
}

func connect(b *flow.Blueprint, from, to int) {
	b.Edges = append(b.Edges, flow.Edge{Source: b.Nodes[from].ID, Target: b.Nodes[to].ID})
}

func evalNode(id string) flow.Node {
	return flow.Node{ID: id, Uses: "eval", Params: []byte(`{"expression":"n-0.total + 1"}`)}
}

func chainShape(change func(*flow.Blueprint, int)) func(int) *flow.Blueprint {
	return func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := range n {
			if i > 0 {
				connect(b, i-1, i)
			}
			change(b, i)
		}
		return b
	}
}

// fallbacks is a chain in which each node is the fallback of the one before.
func fallbackShape(change func(*flow.Blueprint, int)) func(int) *flow.Blueprint {
	return func(n int) *flow.Blueprint {
		b := nodesOf(n)
		for i := range n - 2 {
			b.Nodes[i].Config.Fallback = b.Nodes[i+1].ID
		}
		for i := range n - 1 {
			change(b, i)
		}
		return b
	}
}

// TestCompilingIsLinear compiles each shape in two sizes. Ten times the nodes must need no
// more than fifteen times the memory, and not the hundred times of processor time of a
// square: the least of several measurements counts, since other programs only ever add to
// one. It is not parallel, since it measures the whole process.
func TestCompilingIsLinear(t *testing.T) {
	const nodes = 250
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			small, large := compiling(t, shape(nodes)), compiling(t, shape(10*nodes))
			for range 5 {
				if large.time <= 30*small.time {
					break
				}
				small.time = min(small.time, compiling(t, shape(nodes)).time)
				large.time = min(large.time, compiling(t, shape(10*nodes)).time)
			}
			if large.time > 30*small.time {
				t.Errorf("ten times the nodes take %s, and one time takes %s: want a factor near 10", large.time, small.time)
			}
			if large.bytes > 15*small.bytes {
				t.Errorf("ten times the nodes allocate %d bytes, and one time allocates %d: want a factor near 10", large.bytes, small.bytes)
			}
		})
	}
}

type effort struct {
	time  time.Duration
	bytes uint64
}

// compiling measures a blueprint's way from its JSON to an engine, and the lists of faults
// of one that is invalid.
func compiling(t *testing.T, b *flow.Blueprint) effort {
	t.Helper()
	body, err := b.Body()
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := processorTime(t)
	parsed, err := flow.ParseBlueprint(body)
	if err != nil {
		t.Fatal(err)
	}
	_, err = engine.New(memory.NewStore(), memory.NewQueue(), nil, engine.Config{Blueprints: []*flow.Blueprint{parsed}})
	took := processorTime(t) - began
	runtime.ReadMemStats(&after)
	if invalid := b.Nodes[0].Uses == "missing"; invalid != (err != nil) {
		t.Fatal(err)
	}
	return effort{took, after.TotalAlloc - before.TotalAlloc}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
