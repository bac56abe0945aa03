package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// generate draws a blueprint of up to a dozen nodes. Its shape, its routes and the
// outcome of every attempt are random. Its result is determined by them, except for
// the source that fires an "any" join, and for nondeterministic nodes. Only a long
// one has delays that need a timer.
//
// With a blueprint from outside, shape and retries are taken from it.
func generate(chance chance, long bool, outside *flow.Blueprint) *graph {
	g := &graph{writers: map[string][]*node{}}
	code := &coder{chance: chance, long: long, slow: chance.one(5)}
	wide := outside == nil && chance.one(30) // more branches than one set of a join holds
	drawShape(&shaper{chance, g}, wide, outside)
	g.link()
	for i, n := range g.nodes {
		if wide && !chance.one(20) {
			continue // so many nodes of any kind would hardly ever complete
		}
		code.draw(n)
		code.retries(n)
		if outside != nil {
			own(g, n, outside.Nodes[i].Config)
		}
	}
	keys := &keys{chance: chance, graph: g, prefix: keyPrefix(outside)}
	for _, n := range g.nodes {
		keys.draw(n)
	}
	routes := &router{chance: chance, graph: g, keys: keys, outside: outside != nil}
	for _, n := range g.nodes {
		routes.inputs(n)
	}
	for _, e := range g.edges {
		routes.route(e)
	}
	if outside == nil {
		routes.rest()
	}
	return g
}

func drawShape(s *shaper, wide bool, outside *flow.Blueprint) {
	switch {
	case outside != nil:
		s.take(outside)
	case wide:
		s.fan()
	default:
		s.draw()
	}
}

// pick returns the blueprint that a seed simulates; nil for a random one.
func pick(blueprints []*flow.Blueprint, chance chance) *flow.Blueprint {
	if len(blueprints) == 0 {
		return nil
	}
	return blueprints[chance.IntN(len(blueprints))]
}
