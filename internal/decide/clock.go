package decide

import (
	"cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// depthsOf returns for each node the length of the longest way to it from a start, over
// all edges, whether they are taken or not: a node's depth is higher than that of every
// node whose outcome it may depend on. A fallback comes after the node that it stands in
// for, and before that node's successors.
func depthsOf(g *Graph) map[string]int {
	after := make(map[string][]string, len(g.nodes))
	open := make(map[string]int, len(g.nodes)) // predecessors whose depth is not known
	follows := func(id, before string) {
		after[before] = append(after[before], id)
		open[id]++
	}
	last := lastStandIns(g)
	for id := range g.nodes {
		if primary := g.primary[id]; primary != "" {
			follows(id, primary)
		}
		for _, source := range g.sources[id] {
			follows(id, cmp.Or(last[g.chain(source)], source))
		}
	}
	var next []string
	for id := range g.nodes {
		if open[id] == 0 {
			next = append(next, id)
		}
	}
	depths := make(map[string]int, len(g.nodes))
	for len(next) > 0 {
		id := next[0]
		next = next[1:]
		for _, later := range after[id] {
			depths[later] = max(depths[later], depths[id]+1) //rule:clock-over-all-edges = 1
			if open[later]--; open[later] == 0 {
				next = append(next, later)
			}
		}
	}
	return depths
}

// lastStandIns returns for each node with fallbacks the last of them.
func lastStandIns(g *Graph) map[string]string {
	last := map[string]string{}
	for id, stand := range g.stands {
		if stand.depth > g.stands[last[stand.root]].depth {
			last[stand.root] = id
		}
	}
	return last
}

// stamp gives the writes of a task their clock.
func (p *Plan) stamp(writes []state.ContextWrite, epoch int, task state.TaskKey) (stamped []state.ContextWrite) {
	clock := state.ClockOf(epoch, p.depths[task.Node], task)
	for _, w := range writes {
		w.Clock = clock
		stamped = append(stamped, w)
	}
	return stamped
}
