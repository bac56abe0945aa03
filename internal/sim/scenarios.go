package sim

import (
	"slices"
	"time"
)

// scenario is a blueprint in short.
type scenario struct {
	name       string
	small      bool // pairs of faults are tried too
	reconciled bool // a reconciler is at work, before the queue redelivers anything
	sent       bool // nothing is kept for strands
	draw       func(*graph)
}

func (g *graph) node(change ...func(*node)) *node {
	n := g.add(&node{duration: 100 * time.Millisecond})
	for _, c := range change {
		c(n)
	}
	return n
}

func (g *graph) chain(nodes ...*node) {
	for i, n := range nodes[1:] {
		g.connect(nodes[i], n)
	}
}

func (g *graph) when(source, target *node, c *condition) { g.connect(source, target).condition = c }

func (g *graph) diamond(top *node, bottom *node) {
	left, right := g.node(), g.node()
	g.chain(top, left, bottom)
	g.chain(top, right, bottom)
}

func first(n *node)            { n.any = true }
func once(n *node)             { n.once = true }
func kills(n *node)            { n.kills = 1 }
func nondeterministic(n *node) { n.nondeterministic = true }

func fails(times, of int) func(*node) {
	return func(n *node) { n.fails, n.attempts, n.delay = times, of, 2*time.Second }
}

// far is a retry beyond a queue's maximum delay.
func far(n *node) { n.delay = 20 * time.Minute }

func writes(key string) func(*node) { return func(n *node) { n.writes = []string{key} } }
func reads(key string) func(*node)  { return func(n *node) { n.reads = []string{key} } }

// scenarios are the blueprints for which every crash is tried.
var scenarios = alsoSent([]scenario{
	{"chain", true, false, false, func(g *graph) { g.chain(g.node(), g.node(), g.node()) }},
	{"diamond, all", true, false, false, func(g *graph) {
		top := g.node()
		bottom := g.node()
		g.diamond(top, bottom)
	}},
	{"diamond, any", true, false, false, func(g *graph) {
		top := g.node()
		bottom := g.node(first)
		g.diamond(top, bottom)
	}},
	{"choice and join", true, false, false, func(g *graph) {
		top := g.node(nondeterministic)
		left, right, join := g.node(), g.node(), g.node()
		g.when(top, left, resultAbove(50))
		g.when(top, right, resultAtMost(50))
		g.chain(left, join)
		g.chain(right, join)
	}},
	{"two sinks", true, false, false, func(g *graph) {
		top := g.node()
		g.chain(top, g.node())
		g.chain(top, g.node())
	}},
	{"retry", true, false, false, func(g *graph) { g.chain(g.node(), g.node(fails(2, 3)), g.node()) }},
	{"retry that a timer holds", false, true, false, func(g *graph) { g.chain(g.node(), g.node(fails(1, 2), far), g.node()) }},
	{"failure beside a sibling", true, false, false, func(g *graph) {
		top := g.node()
		g.chain(top, g.node(fails(2, 2)))
		g.chain(top, g.node(), g.node())
	}},
	{"fallback", true, false, false, func(g *graph) {
		start, fragile, after := g.node(), g.node(fails(1, 1)), g.node()
		g.chain(start, fragile, after)
		spare := g.node(func(n *node) { n.caught = true })
		fragile.fallback, spare.primary = spare, fragile
	}},
	{"fallback unused", false, false, false, func(g *graph) {
		start, sturdy, join := g.node(), g.node(), g.node()
		g.chain(start, sturdy, join)
		spare := g.node()
		sturdy.fallback, spare.primary = spare, sturdy
		last := g.node()
		g.chain(spare, last)
		g.chain(join, last)
	}},
	{"any join with a tail", false, false, false, func(g *graph) {
		top := g.node()
		left, right, join := g.node(), g.node(), g.node(first)
		g.chain(top, left, join)
		g.chain(top, right, join)
		g.chain(join, g.node(), g.node())
	}},
	{"any join before its arrivals", true, true, false, func(g *graph) {
		top := g.node()
		left, right := g.node(), g.node()
		join := g.node(first, func(n *node) { n.kills = 2 })
		g.chain(top, left)
		g.chain(top, right)
		g.chain(right, join) // by the order of edges the first, but the last to arrive
		g.chain(left, join)
	}},
	{"ladder", false, false, false, func(g *graph) {
		top, middle, bottom := g.node(), g.node(), g.node()
		g.diamond(top, middle)
		g.diamond(middle, bottom)
	}},
	{"long ladder", false, false, false, func(g *graph) {
		step := g.node()
		for range 7 {
			next := g.node()
			g.diamond(step, next)
			g.nodes[len(g.nodes)-2].duration = time.Second // so that one message passes all joins
			step = next
		}
		step.duration = 15 * time.Second
	}},
	{"three starts, dead branches", false, false, false, func(g *graph) {
		join := g.node()
		for range 3 {
			start, step := g.node(), g.node()
			g.when(start, step, resultAbove(60))
			g.chain(step, join)
		}
		g.chain(join, g.node())
	}},
	{"context", false, false, false, func(g *graph) {
		g.chain(g.node(writes("k0")), g.node(reads("k0"), writes("k1")), g.node(reads("k1")))
		g.writers["k0"], g.writers["k1"] = g.nodes[:1], g.nodes[1:2]
	}},
	{"context of a diamond", false, false, false, func(g *graph) {
		top, left, right := g.node(writes("k0")), g.node(reads("k0"), writes("k1")), g.node(writes("k1"))
		bottom, last := g.node(reads("k1"), writes("k2")), g.node(reads("k2"))
		g.chain(top, left, bottom, last)
		g.chain(top, right, bottom)
		g.writers["k0"], g.writers["k1"], g.writers["k2"] = []*node{top}, []*node{left, right}, []*node{bottom}
	}},
	{"fan of three", false, false, false, func(g *graph) {
		top, join := g.node(), g.node()
		for range 3 {
			g.chain(top, g.node(), join)
		}
		g.chain(join, g.node())
	}},
	{"wide any join", false, false, false, func(g *graph) {
		top, join := g.node(), g.node(first)
		for range 3 {
			g.chain(top, g.node(), join)
		}
	}},
	{"at most once", false, false, false, func(g *graph) {
		top := g.node()
		g.chain(top, g.node(once), g.node())
		g.chain(top, g.node(once))
	}},
	{"node that kills its worker", false, false, false, func(g *graph) { g.chain(g.node(), g.node(kills), g.node()) }},
}, "diamond, all", "diamond, any", "choice and join", "two sinks", "failure beside a sibling", "any join before its arrivals", "ladder", "at most once")

// alsoSent adds scenarios whose branches have messages of their own, where there are some.
func alsoSent(all []scenario, names ...string) []scenario {
	for _, s := range all {
		if slices.Contains(names, s.name) {
			s.name, s.sent = s.name+", sent", true
			all = append(all, s)
		}
	}
	return all
}

func (s scenario) graph() *graph {
	g := &graph{writers: map[string][]*node{}}
	s.draw(g)
	if err := g.build("1"); err != nil {
		panic(err)
	}
	return g
}

// named returns the scenario with that name.
func named(name string) scenario {
	return scenarios[slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })]
}
