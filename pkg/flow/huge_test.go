package flow_test

import (
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
