package flow

// graph answers questions about a blueprint's shape. Edges are known by their
// number in the blueprint. Edges from or to unknown nodes, and fallbacks that
// do not exist, are left out: Validate reports them.
type graph struct {
	blueprint *Blueprint
	nodes     map[string]*Node
	out       map[string][]int    // edges by source
	in        map[string][]int    // edges by target
	sources   map[string][]string // distinct predecessors by target, in the order of edges
	targets   map[string][]string // distinct successors by source, in the order of edges
	primary   map[string]string   // by fallback node: the node it stands in for
}

func newGraph(b *Blueprint) *graph {
	g := &graph{
		blueprint: b,
		nodes:     make(map[string]*Node, len(b.Nodes)),
		out:       map[string][]int{}, in: map[string][]int{},
		sources: map[string][]string{}, targets: map[string][]string{},
		primary: map[string]string{},
	}
	for i := range b.Nodes {
		g.nodes[b.Nodes[i].ID] = &b.Nodes[i]
	}
	edges := map[[2]string]bool{}
	for i, e := range b.Edges {
		if g.nodes[e.Source] == nil || g.nodes[e.Target] == nil {
			continue
		}
		edges[[2]string{e.Source, e.Target}] = true
		g.out[e.Source] = append(g.out[e.Source], i)
		g.in[e.Target] = append(g.in[e.Target], i)
	}
	for i := range b.Nodes {
		if f := b.Nodes[i].Config.Fallback; f != "" && g.nodes[f] != nil && g.primary[f] == "" {
			g.primary[f] = b.Nodes[i].ID
		}
	}
	g.connect(edges)
	return g
}

// connect finds the distinct predecessors and successors. A fallback that leads
// where a node leads that it stands in for is one source with it: of the two
// only one is ever taken.
func (g *graph) connect(edges map[[2]string]bool) {
	connected := map[[2]string]bool{}
	for _, e := range g.blueprint.Edges {
		if !edges[[2]string{e.Source, e.Target}] {
			continue
		}
		from, stands := e.Source, e.Source
		for range g.primary { // no longer: a ring of fallbacks, which Validate reports, has no end
			if stands = g.primary[stands]; stands == "" {
				break
			}
			if edges[[2]string{stands, e.Target}] {
				from = stands
			}
		}
		if pair := [2]string{from, e.Target}; !connected[pair] {
			connected[pair] = true
			g.sources[e.Target] = append(g.sources[e.Target], from)
			g.targets[from] = append(g.targets[from], e.Target)
		}
	}
}

// starts are the nodes that nothing leads to, in the blueprint's order.
func (g *graph) starts() []string {
	var ids []string
	for _, n := range g.blueprint.Nodes {
		if g.isStart(n.ID) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

func (g *graph) isStart(id string) bool { return len(g.in[id]) == 0 && g.primary[id] == "" }

// sinks are the nodes that lead nowhere. A fallback without edges of its own
// stands in for another node, whose end is then the sink.
func (g *graph) sinks() []string {
	var ids []string
	for _, n := range g.blueprint.Nodes {
		if g.isSink(n.ID) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

func (g *graph) isSink(id string) bool { return len(g.out[id]) == 0 && g.primary[id] == "" }

// isJoin reports whether a node waits for several predecessors.
func (g *graph) isJoin(id string) bool { return len(g.sources[id]) > 1 }

// isAnyJoin reports whether a node is fired by the first of several predecessors.
func (g *graph) isAnyJoin(id string) bool {
	return g.isJoin(id) && g.nodes[id].Config.JoinStrategy == JoinAny
}
