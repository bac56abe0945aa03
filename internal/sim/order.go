package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// order tells which of two writes to a context key stands.
type order struct {
	graph  *graph
	depths map[*node]int
}

// after reports whether a node's write to a key stands against that of another: it comes
// after the other one, or beside it by a longer way, or else by its id.
func (o *order) after(n, other *node) bool {
	if a, b := o.depth(n), o.depth(other); a != b {
		return a > b
	}
	return state.EscapeKey(n.id) > state.EscapeKey(other.id)
}

// depth returns the number of nodes on the longest way to a node. A node's fallbacks come
// before its successors.
func (o *order) depth(n *node) (depth int) {
	if known, ok := o.depths[n]; ok {
		return known
	}
	if n.primary != nil {
		depth = o.depth(n.primary) + 1
	}
	for _, e := range o.graph.edges {
		for source := e.source; e.target == n && source != nil; source = source.fallback {
			depth = max(depth, o.depth(source)+1)
		}
	}
	o.depths[n] = depth
	return depth
}
