package flow

import (
	"fmt"
	"math/big"
)

// checkGraph is a blueprint's graph by node number, without its faulty links: those
// to or from unknown nodes, and fallbacks that are refused because they lead back,
// are left out, so that one fault is not reported as several.
type checkGraph struct {
	blueprint      *Blueprint
	index          map[string]int // the first node of each id
	next           [][]int        // where edges and the fallback lead
	entered        []bool         // an edge or a fallback leads here
	fallbackFaults map[int][]string
	fallbackOf     map[int]int
	primary        map[int]int // by fallback

	sources [][]int    // by target; nil until it is needed
	settled []*big.Int // before each node
}

func newCheckGraph(b *Blueprint) *checkGraph {
	g := &checkGraph{
		blueprint:      b,
		index:          make(map[string]int, len(b.Nodes)),
		next:           make([][]int, len(b.Nodes)),
		entered:        make([]bool, len(b.Nodes)),
		fallbackFaults: map[int][]string{},
		fallbackOf:     map[int]int{},
		primary:        map[int]int{},
	}
	for i, n := range b.Nodes {
		if _, ok := g.index[n.ID]; !ok && n.ID != "" {
			g.index[n.ID] = i
		}
	}
	entry := map[int]int{} // the first edge into a node
	for i, e := range b.Edges {
		source, known := g.index[e.Source]
		target, ok := g.index[e.Target]
		if !known || !ok {
			continue
		}
		if _, ok := entry[target]; !ok {
			entry[target] = i
		}
		g.link(source, target)
	}
	for node, fallback := range g.checkFallbacks(entry) {
		if fallback >= 0 {
			g.link(node, fallback)
			g.fallbackOf[node], g.primary[fallback] = fallback, node
		}
	}
	return g
}

func (g *checkGraph) link(from, to int) {
	g.next[from] = append(g.next[from], to)
	g.entered[to] = true
}

// checkFallbacks returns the fallback of each node, -1 for none, without those
// that lead back to their own node.
func (g *checkGraph) checkFallbacks(entry map[int]int) []int {
	fallbacks := make([]int, len(g.blueprint.Nodes))
	primary := map[int]int{}
	for i := range fallbacks {
		target, ok := g.fallback(i)
		if !ok {
			fallbacks[i] = -1
			continue
		}
		fallbacks[i] = target
		g.checkShared(i, target, primary, entry)
	}
	for _, ring := range rings(fallbacks) {
		g.refuse(ring[0], "the fallbacks %s lead back to where they began: remove one of them, so that the last failure ends the run", g.names(ring, true))
		for _, i := range ring {
			fallbacks[i] = -1
		}
	}
	return fallbacks
}

// fallback returns the number of a node's fallback, if it is valid.
func (g *checkGraph) fallback(i int) (int, bool) {
	n := g.blueprint.Nodes[i]
	id := n.Config.Fallback
	if id == "" {
		return 0, false
	}
	target, ok := g.index[id]
	first, named := g.index[n.ID]
	if !ok {
		g.refuse(i, "there is no node %q: add it, or remove the fallback", id)
		return 0, false
	}
	return target, named && first == i // the first of several with one id speaks for all
}

// checkShared reports a fallback that is also the target of another link.
func (g *checkGraph) checkShared(i, target int, primary, entry map[int]int) {
	id := g.blueprint.Nodes[target].ID
	if first, ok := primary[target]; ok {
		g.refuse(i, "node %q is the fallback of %q already: add a copy of it under an id of its own, with copies of its edges, and name that one here", id, g.blueprint.Nodes[first].ID)
		return
	}
	primary[target] = i
	if edge, ok := entry[target]; ok {
		g.refuse(i, "edges[%d] leads to %q too, but a fallback is entered only when its node has failed: remove the edge, or name a copy of %q that no edge leads to", edge, id, id)
	}
}

func (g *checkGraph) refuse(i int, format string, args ...any) {
	g.fallbackFaults[i] = append(g.fallbackFaults[i], fmt.Sprintf(format, args...))
}

// rings returns the cycles of a graph in which each node leads to at most one other
// (-1: none), each beginning with its lowest number.
func rings(next []int) (rings [][]int) {
	seen := make([]int, len(next)) // by which walk, from 1
	for start := range next {
		at := start
		for at >= 0 && seen[at] == 0 {
			seen[at] = start + 1
			at = next[at]
		}
		if at < 0 || seen[at] != start+1 {
			continue
		}
		first := at
		for i := next[at]; i != at; i = next[i] {
			first = min(first, i)
		}
		ring := []int{first}
		for i := next[first]; i != first; i = next[i] {
			ring = append(ring, i)
		}
		rings = append(rings, ring)
	}
	return rings
}

// orphans returns the nodes that cannot be reached from a start node. A blueprint's
// only node is not an orphan.
func (g *checkGraph) orphans() map[int]bool {
	orphans := map[int]bool{}
	if len(g.next) < 2 {
		return orphans
	}
	reached := make([]bool, len(g.next))
	var todo []int
	for i, entered := range g.entered {
		if !entered {
			reached[i] = true
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		node := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range g.next[node] {
			if !reached[to] {
				reached[to] = true
				todo = append(todo, to)
			}
		}
	}
	for i, ok := range reached {
		if !ok {
			orphans[i] = true
		}
	}
	return orphans
}
