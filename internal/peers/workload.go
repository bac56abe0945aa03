package main

import (
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// workload is a shape of run: a chain of length nodes, or one node, width side by side, and
// their join. Every node returns a number at once.
type workload struct {
	name          string
	length, width int
}

var workloads = []workload{
	{"chain-10", 10, 0},
	{"chain-50", 50, 0},
	{"fan-8", 0, 8},
	{"fan-100", 0, 100},
}

func (w workload) nodes() int {
	if w.width > 0 {
		return w.width + 2
	}
	return w.length
}

// runs returns the number of runs with about as many nodes.
func (w workload) runs(nodes int) int { return max(4, nodes/w.nodes()) }

// blueprint returns the workload for this project's engine.
func (w workload) blueprint() *flow.Blueprint {
	b := &flow.Blueprint{ID: w.name}
	add := func(id string, sources ...string) {
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "pass"})
		for _, source := range sources {
			b.Edges = append(b.Edges, flow.Edge{Source: source, Target: id})
		}
	}
	add("first")
	last := "first"
	for i := 1; i < w.length; i++ {
		next := fmt.Sprint("n", i)
		add(next, last)
		last = next
	}
	var branches []string
	for i := range w.width {
		branches = append(branches, fmt.Sprint("n", i))
		add(branches[i], "first")
	}
	if w.width > 0 {
		add("join", branches...)
	}
	return b
}
