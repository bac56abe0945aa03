package decide

import (
	"cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Graph answers questions about a blueprint's shape. Edges are identified by their number
// in the blueprint. Edges from or to unknown nodes, and fallbacks that do not exist, are
// left out: [flow.Validate] reports them.
type Graph struct {
	Blueprint *flow.Blueprint

	nodes   map[string]*flow.Node
	out     map[string][]int    // edges by source
	in      map[string][]int    // edges by target
	sources map[string][]string // distinct predecessors by target, in the order of edges
	targets map[string][]string // distinct successors by source, in the order of edges
	primary map[string]string   // by fallback node: the node it stands in for
	stands  map[string]standIn  // by fallback node
}

// NewGraph returns the graph of a blueprint.
func NewGraph(b *flow.Blueprint) *Graph {
	g := &Graph{
		Blueprint: b,
		nodes:     make(map[string]*flow.Node, len(b.Nodes)),
		out:       map[string][]int{}, in: map[string][]int{},
		sources: map[string][]string{}, targets: map[string][]string{},
		primary: map[string]string{},
	}
	for i := range b.Nodes {
		g.nodes[b.Nodes[i].ID] = &b.Nodes[i]
	}
	for i, e := range b.Edges {
		if g.nodes[e.Source] == nil || g.nodes[e.Target] == nil {
			continue
		}
		g.out[e.Source] = append(g.out[e.Source], i)
		g.in[e.Target] = append(g.in[e.Target], i)
	}
	for i := range b.Nodes {
		if f := b.Nodes[i].Config.Fallback; f != "" && g.nodes[f] != nil && g.primary[f] == "" {
			g.primary[f] = b.Nodes[i].ID
		}
	}
	g.stands = standsOf(b, g.primary)
	g.connect()
	return g
}

// connect finds the distinct predecessors and successors. If a node and its fallback lead
// to the same target, they count as one source: only one of them is ever taken.
func (g *Graph) connect() {
	first := map[[2]string]string{} // by chain and target: the first of the chain to lead there
	for _, edges := range g.in {
		for _, i := range edges {
			e := g.Blueprint.Edges[i]
			pair := [2]string{g.chain(e.Source), e.Target}
			if known, ok := first[pair]; !ok || g.stands[e.Source].depth < g.stands[known].depth {
				first[pair] = e.Source
			}
		}
	}
	connected := map[[2]string]bool{}
	for _, e := range g.Blueprint.Edges {
		from, known := first[[2]string{g.chain(e.Source), e.Target}] //rule:fallback-is-one-source = e.Source, g.nodes[e.Source] != nil && g.nodes[e.Target] != nil
		if pair := [2]string{from, e.Target}; known && !connected[pair] {
			connected[pair] = true
			g.sources[e.Target] = append(g.sources[e.Target], from)
			g.targets[from] = append(g.targets[from], e.Target)
		}
	}
}

// chain returns the node at the beginning of the fallbacks to which a node belongs.
func (g *Graph) chain(id string) string { return cmp.Or(g.stands[id].root, id) }

// inputOwner returns the node from whose edges or names a node has its input.
func (g *Graph) inputOwner(id string) string {
	for g.primary[id] != "" && g.nodes[id].Inputs.IsZero() {
		id = g.primary[id]
	}
	return id
}

// Node returns the node with that id; nil if there is none.
func (g *Graph) Node(id string) *flow.Node { return g.nodes[id] }

// FallbackOf returns the fallback of node id, or "".
func (g *Graph) FallbackOf(id string) string { return g.nodes[id].Config.Fallback }

// Starts returns the nodes without predecessors, in the blueprint's order.
func (g *Graph) Starts() []string {
	var ids []string
	for _, n := range g.Blueprint.Nodes {
		if g.IsStart(n.ID) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

// IsStart reports whether the node has no predecessors.
func (g *Graph) IsStart(id string) bool { return len(g.in[id]) == 0 && g.primary[id] == "" }

// Sinks returns the nodes without successors. A fallback without edges of its own is none:
// the sink is the node that it stands in for.
func (g *Graph) Sinks() []string {
	var ids []string
	for _, n := range g.Blueprint.Nodes {
		if g.isSink(n.ID) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

func (g *Graph) isSink(id string) bool { return len(g.out[id]) == 0 && g.primary[id] == "" }

// EndsIn reports whether the node is a sink, or may stand in for one.
func (g *Graph) EndsIn(id string) bool {
	return g.isSink(g.chain(id))
}

// isJoin reports whether a node waits for several predecessors.
func (g *Graph) isJoin(id string) bool { return len(g.sources[id]) > 1 }

// IsAnyJoin reports whether a node is fired by the first of several predecessors.
func (g *Graph) IsAnyJoin(id string) bool {
	return g.isJoin(id) && g.nodes[id].Config.JoinStrategy == flow.JoinAny
}

// ends returns the ends of a run: its sinks, then the edges into "any" joins.
func (g *Graph) ends() (names []string) {
	for _, id := range g.Sinks() {
		names = append(names, sinkEnd(id))
	}
	for _, n := range g.Blueprint.Nodes {
		if !g.IsAnyJoin(n.ID) {
			continue
		}
		for _, source := range g.sources[n.ID] {
			names = append(names, edgeEnd(source, n.ID)) //rule:run-awaits-any-join-edges
		}
	}
	return names
}

// before returns the nodes whose outcomes decide whether a node runs: its predecessors,
// their fallbacks, and the node that it is itself the fallback of.
func (g *Graph) before(id string) (ids []string) {
	if primary := g.primary[id]; primary != "" {
		ids = append(ids, primary)
	}
	for _, source := range g.sources[id] {
		for ; source != ""; source = g.FallbackOf(source) {
			ids = append(ids, source)
		}
	}
	return ids
}

// Reaches reports whether any of the nodes may lead to the target, which is none of them.
func (g *Graph) Reaches(target string, nodes map[string]bool) (found bool) {
	walkBack(g, target, func(id string) bool {
		found = found || nodes[id]
		return !found
	})
	return found
}

// walkBack visits the nodes before one, each once, the nearest first. It goes further back
// from those for which visit returns true.
func walkBack(g *Graph, from string, visit func(id string) bool) {
	seen := map[string]bool{from: true}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		for _, id := range g.before(next[0]) {
			if seen[id] {
				continue
			}
			seen[id] = true
			if visit(id) {
				next = append(next, id)
			}
		}
	}
}

// standIn is the place of a fallback: the node that it stands in for in the end, and how
// many nodes must fail before it.
type standIn struct {
	root  string
	depth int
}

// standsOf walks each chain of fallbacks once. A ring of fallbacks, which Validate reports,
// has no root: its nodes stand in for nothing.
func standsOf(b *flow.Blueprint, primary map[string]string) map[string]standIn {
	next := make(map[string]string, len(primary))
	for fallback, node := range primary {
		next[node] = fallback
	}
	stands := make(map[string]standIn, len(primary))
	for _, n := range b.Nodes {
		if primary[n.ID] != "" {
			continue
		}
		depth := 0
		for id := next[n.ID]; id != ""; id = next[id] {
			depth++
			stands[id] = standIn{n.ID, depth}
		}
	}
	return stands
}
