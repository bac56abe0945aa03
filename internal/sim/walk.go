package sim

// routing is the state that recorded decisions give a node before it runs.
type routing int

const (
	open    routing = iota // it may still run, or not
	led                    // it is to run
	skipped                // it will never run
)

func (r routing) String() string { return [...]string{"open", "led to", "skipped"}[r] }

// decided is an outcome with its taken edges.
type decided struct {
	result
	failed   bool
	failures int
	taken    []taken
}

type taken struct {
	edge  *edge
	value any
	has   bool // made by a transform
}

// walk finds the routing of nodes from outcomes: the recorded ones, or those of the
// reference.
type walk struct {
	graph   *graph
	outcome func(*node) *decided // nil: none yet
	known   map[*node]routing
}

func newWalk(g *graph, outcome func(*node) *decided) *walk {
	return &walk{g, outcome, map[*node]routing{}}
}

func (v *walk) routing(n *node) routing {
	if f, ok := v.known[n]; ok {
		return f
	}
	f := v.find(n)
	v.known[n] = f
	return f
}

func (v *walk) find(n *node) routing {
	switch {
	case n.isStart():
		return led
	case n.primary != nil:
		return v.fallbackRouting(n.primary)
	}
	resolved, fired := true, false
	for _, source := range n.sources {
		edges, ok := v.edges(source, n)
		resolved = resolved && ok
		fired = fired || len(edges) > 0
	}
	switch {
	case fired && (n.isAny() || resolved):
		return led
	case resolved:
		return skipped
	}
	return open
}

func (v *walk) fallbackRouting(primary *node) routing {
	o := v.outcome(primary)
	switch {
	case o != nil && o.failed:
		return led
	case o != nil || v.routing(primary) == skipped:
		return skipped
	}
	return open
}

// decider returns the outcome that decides a node's edges: its own, or that of the
// fallback that stands in for it.
func (v *walk) decider(n *node) *decided {
	for ; n != nil; n = n.fallback {
		if o := v.outcome(n); o == nil || !o.failed {
			return o
		}
	}
	return nil
}

// edges returns the taken edges from source into target, if that is decided.
func (v *walk) edges(source, target *node) (edges []taken, resolved bool) {
	o := v.decider(source)
	if o == nil {
		return nil, v.routing(source) == skipped
	}
	for _, t := range o.taken {
		if t.edge.target == target {
			edges = append(edges, t)
		}
	}
	return edges, true
}
