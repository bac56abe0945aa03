package sim

import (
	"cmp"
	"slices"
	"strings"
)

// router draws the values that nodes get: their inputs, and the conditions and
// transforms of edges.
type router struct {
	chance
	graph   *graph
	keys    *keys
	outside bool // the edges are a given blueprint's
}

// inputs draws the inputs of a node.
func (r *router) inputs(n *node) {
	if r.one(3) {
		if key := r.keys.readable(n, nil); key != "" {
			n.reads = append(n.reads, key)
		}
	}
	switch r.IntN(8) {
	case 0:
		n.name = r.name(n)
	case 1:
		n.fields = map[string]string{"p": cmp.Or(r.name(n), "_x"), "q": cmp.Or(r.name(n), "_nothing")}
	}
}

// name draws a name that n can use.
func (r *router) name(n *node) string {
	if r.one(3) {
		if key := r.keys.readable(n, nil); key != "" {
			return key
		}
	}
	if other := r.resolved(n); other != nil && !strings.HasPrefix(other.id, "_") {
		name := other.id
		if r.one(2) {
			name += ".v"
		}
		if r.meant(name, other) {
			return name
		}
	}
	if r.meant("x", nil) {
		return "x"
	}
	return ""
}

// route draws an edge's action, condition and transform.
func (r *router) route(e *edge) {
	if !r.outside && len(e.source.actions) > 0 && r.one(2) {
		e.action = e.source.actions[r.IntN(len(e.source.actions))]
	}
	if e.conditional || !r.outside && r.one(3) {
		e.condition = r.conditionOf(e)
	}
	if e.target.name == "" && (e.transforms || !r.outside && r.one(5)) {
		e.transform = r.transformOf(e)
	}
}

// rest makes some last edges those for all other cases, and lets some nodes fail without a
// match. It draws nothing: the other parts of a seed's world stay as they are.
func (r *router) rest() {
	for i, n := range r.graph.nodes {
		n.mustMatch = i%5 == 2 && !n.nondeterministic
		var plain []*edge
		for _, e := range r.graph.edges {
			if e.source == n && e.action == "" && e.condition == nil {
				plain = append(plain, e)
			}
		}
		if len(plain) == 1 && i%3 > 0 {
			plain[0].otherwise = true
		}
	}
}

func (r *router) conditionOf(e *edge) *condition {
	k := 20 + r.IntN(60)
	switch r.IntN(6) {
	case 0:
		return resultAbove(k)
	case 1:
		return resultAtMost(k)
	case 2:
		if other := r.resolved(e.source); other != nil {
			return otherAbove(other.id, k)
		}
	case 3:
		if key := r.keys.readable(e.source, e.source); key != "" {
			return keyAbove(key, k)
		}
	case 4:
		return inputAbove(k)
	case 5:
		return actionIs("a")
	}
	return resultAbove(k / 2)
}

func (r *router) transformOf(e *edge) *transform {
	switch r.IntN(4) {
	case 0:
		return takeValue()
	case 1:
		return wrapInput()
	case 2:
		if other := r.resolved(e.source); other != nil {
			return takeOther(other.id)
		}
	}
	return listAction()
}

// resolved draws a node that has certainly been resolved before n; nil if there is
// none.
func (r *router) resolved(n *node) *node {
	var before []*node
	for _, other := range r.graph.nodes {
		if n.before[other] {
			before = append(before, other)
		}
	}
	if len(before) == 0 {
		return nil
	}
	return before[r.IntN(len(before))]
}

// meant reports whether a name of inputs can only mean the given node, or nothing:
// no other node of a blueprint from outside has that name by chance, in whole or in
// front of a path.
func (r *router) meant(name string, by *node) bool {
	return !slices.ContainsFunc(r.graph.nodes, func(n *node) bool {
		return n != by && (n.id == name || strings.HasPrefix(name, n.id+"."))
	})
}
