package flow_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// ladder is a start node r that goes on to k, and not into n joins that lead
// to each other: j0 -> d0 -> j1 and j0 -> j1, …, where r leads to each d too.
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

// A branch that dies through many joins costs an arrival for each edge into
// one of them, also when its message comes again and finds every join full.
func TestDeathThroughManyJoinsIsLinear(t *testing.T) {
	t.Parallel()
	const n = 12
	w := setup(t, "", nil, func(c *flow.Config) { c.Blueprints = []*flow.Blueprint{ladder(n)} })
	w.create()
	m := w.job("r")
	w.handle(m)
	w.wantRun(flow.Completed)
	first := w.wire.Count()
	w.reopen()
	w.clock.pass(lease)
	w.handle(again(m))
	w.wantRun(flow.Completed)
	if got := w.wire.Count() - first; got > 4*n {
		t.Errorf("the message caused %d requests, and %d when it came again: want at most one for each of %d edges into joins", first, got, 3*n)
	}
}

// What one item cannot hold is refused with the blueprint: its runs could
// never arrive at the join, or at their end.
func TestJoinsAndEndsThatNoItemHoldsAreRefused(t *testing.T) {
	t.Parallel()
	wide := func(n, length int, join flow.JoinStrategy) *flow.Blueprint {
		b := &flow.Blueprint{ID: "wide", Nodes: []flow.Node{{ID: "fork", Uses: "pass"}, {ID: "join", Uses: "pass", Config: flow.NodeConfig{JoinStrategy: join}}}}
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
	for name, test := range map[string]struct {
		blueprint *flow.Blueprint
		path      string // of the fault; "" for none
	}{
		"5000 sources of 38 bytes":             {wide(5000, 38, flow.JoinAll), ""},
		"5000 sources of 39 bytes":             {wide(5000, 39, flow.JoinAll), "nodes[1]"},
		"5000 ends of 73 bytes":                {wide(5000, 73, ""), ""},
		"5000 ends of 75 bytes":                {wide(5000, 75, ""), "nodes"},
		"5000 edges of 38 and an any-join's 4": {wide(5000, 38, flow.JoinAny), ""},
		"10000 edges into an any-join":         {wide(10_000, 30, flow.JoinAny), "nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := flow.Validate(test.blueprint, nil)
			invalid, _ := errors.AsType[*flow.InvalidError](err)
			switch {
			case test.path == "" && err != nil:
				t.Error(err)
			case test.path != "" && (invalid == nil || invalid.Issues[0].Code != "ID_TOO_LONG" || invalid.Issues[0].Path != test.path):
				t.Errorf("Validate = %v, want ID_TOO_LONG at %s", err, test.path)
			}
		})
	}
}
