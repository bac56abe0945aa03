package sim

import (
	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// shaper draws the nodes and edges of a blueprint.
type shaper struct {
	chance
	graph *graph
}

// draw draws nodes and edges: each node comes after some of those before it.
func (s *shaper) draw() {
	size := 1 + s.IntN(7)
	if s.one(4) {
		size += s.IntN(7)
	}
	chain := s.one(3) // deep rather than wide
	for range size {
		n := s.graph.add(&node{})
		earlier := s.graph.nodes[:len(s.graph.nodes)-1]
		if len(earlier) == 0 || !chain && s.one(9) {
			continue
		}
		if primary := earlier[s.IntN(len(earlier))]; primary.fallback == nil && s.one(7) {
			primary.fallback, n.primary = n, primary
			continue
		}
		s.precede(n, earlier, chain)
	}
}

// fan draws a fork to more branches than one set of a join holds, and perhaps a
// join: without, each branch is an end of the run.
func (s *shaper) fan() {
	top := s.graph.add(&node{})
	size := decide.ShardSize + 1 + s.IntN(2*decide.ShardSize)
	for range size {
		s.graph.connect(top, s.graph.add(&node{}))
	}
	if s.one(4) {
		return
	}
	join := s.graph.add(&node{any: s.one(2)})
	for _, branch := range s.graph.nodes[1 : size+1] {
		s.graph.connect(branch, join)
	}
	s.graph.connect(join, s.graph.add(&node{}))
}

func (s *shaper) precede(n *node, earlier []*node, chain bool) {
	count := 1
	if !chain || s.one(4) {
		count += min(s.IntN(3)*s.IntN(2)+s.IntN(2), len(earlier)-1)
	}
	n.any = s.one(3)
	n.once = s.one(10)
	for range count {
		back := 1 + s.IntN(min(len(earlier), 4))
		if chain {
			back = 1
		}
		source := earlier[len(earlier)-back]
		s.graph.connect(source, n)
		if s.one(10) {
			s.graph.connect(source, n)
		}
	}
}

// take draws nothing: it takes nodes, edges, joins, retries and fallbacks from
// the given blueprint. The behaviour of the nodes' code, and the expressions of the
// edges that have any, are drawn as for other blueprints.
func (s *shaper) take(b *flow.Blueprint) {
	byID := map[string]*node{}
	for _, spec := range b.Nodes {
		n := &node{id: spec.ID, any: spec.Config.JoinStrategy == flow.JoinAny, once: spec.Config.Semantics == flow.AtMostOnce}
		byID[n.id] = n
		s.graph.nodes = append(s.graph.nodes, n)
	}
	for _, spec := range b.Nodes {
		if f := byID[spec.Config.Fallback]; f != nil {
			byID[spec.ID].fallback, f.primary = f, byID[spec.ID]
		}
	}
	for _, spec := range b.Edges {
		e := s.graph.connect(byID[spec.Source], byID[spec.Target])
		e.action, e.conditional, e.transforms, e.otherwise = spec.Action, spec.Condition != "", spec.Transform != "", spec.Otherwise
	}
}
