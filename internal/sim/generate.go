package sim

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// generator draws a random blueprint.
type generator struct {
	*rand.Rand
	graph   *graph
	outside *flow.Blueprint
	long    bool // delays that only a timer can hold
	slow    bool // nodes that use up their time
	wide    bool // more branches than one set of a join holds
	keys    int
	prefix  string // of context keys
}

func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

// generate draws a blueprint of up to a dozen nodes. Its shape, its routes and the
// outcome of every attempt are random. Its result is determined by them, except for
// the source that fires an "any" join, and for nondeterministic nodes.
//
// With a blueprint from outside, shape and retries are taken from it.
func generate(chance *rand.Rand, long bool, outside *flow.Blueprint) *graph {
	g := &generator{Rand: chance, graph: &graph{writers: map[string][]*node{}}, long: long, outside: outside, prefix: keyPrefix(outside)}
	g.slow = g.one(5)
	g.wide = outside == nil && g.one(30)
	switch {
	case outside != nil:
		g.shapeOf(outside)
	case g.wide:
		g.fan()
	default:
		g.shape()
	}
	g.graph.link()
	for i, n := range g.graph.nodes {
		if g.wide && !g.one(20) {
			continue // so many nodes of any kind would hardly ever complete
		}
		g.code(n)
		g.retries(n)
		if outside != nil {
			g.ownCode(n, outside.Nodes[i].Config)
		}
	}
	for _, n := range g.graph.nodes {
		g.keysOf(n)
	}
	for _, n := range g.graph.nodes {
		g.inputs(n)
	}
	for _, e := range g.graph.edges {
		g.route(e)
	}
	return g.graph
}

// shape draws nodes and edges: each node comes after some of those before it.
func (g *generator) shape() {
	size := 1 + g.IntN(7)
	if g.one(4) {
		size += g.IntN(7)
	}
	chain := g.one(3) // deep rather than wide
	for range size {
		n := g.graph.add(&node{})
		earlier := g.graph.nodes[:len(g.graph.nodes)-1]
		if len(earlier) == 0 || !chain && g.one(9) {
			continue
		}
		if primary := earlier[g.IntN(len(earlier))]; primary.fallback == nil && g.one(7) {
			primary.fallback, n.primary = n, primary
			continue
		}
		g.precede(n, earlier, chain)
	}
}

// fan draws a fork to more branches than one set of a join holds, and perhaps a
// join: without, each branch is an end of the run.
func (g *generator) fan() {
	top := g.graph.add(&node{})
	size := decide.ShardSize + 1 + g.IntN(2*decide.ShardSize)
	for range size {
		g.graph.connect(top, g.graph.add(&node{}))
	}
	if g.one(4) {
		return
	}
	join := g.graph.add(&node{any: g.one(2)})
	for _, branch := range g.graph.nodes[1 : size+1] {
		g.graph.connect(branch, join)
	}
	g.graph.connect(join, g.graph.add(&node{}))
}

func (g *generator) precede(n *node, earlier []*node, chain bool) {
	count := 1
	if !chain || g.one(4) {
		count += min(g.IntN(3)*g.IntN(2)+g.IntN(2), len(earlier)-1)
	}
	n.any = g.one(3)
	n.once = g.one(10)
	for range count {
		back := 1 + g.IntN(min(len(earlier), 4))
		if chain {
			back = 1
		}
		source := earlier[len(earlier)-back]
		g.graph.connect(source, n)
		if g.one(10) {
			g.graph.connect(source, n)
		}
	}
}

// code draws the behaviour of a node's code.
func (g *generator) code(n *node) {
	n.recent = g.one(6)
	n.silent = g.one(12)
	n.nondeterministic = !n.silent && g.one(12)
	if g.one(3) {
		n.duration = time.Duration(g.IntN(3)) * time.Second
	}
	if g.slow || g.one(8) {
		n.duration = time.Duration(5+g.IntN(14)) * time.Second
	}
	switch g.IntN(24) {
	case 0:
		n.kills = 1
	case 1:
		if g.one(3) {
			n.kills = 1000
		}
	}
	if g.one(3) {
		n.actions = []string{"a"}
	}
	if g.one(4) {
		n.actions = []string{"a", "b", ""}
	}
}

// retries draws the attempts that fail, and the retry policy.
func (g *generator) retries(n *node) {
	if n.isStart() && g.one(12) {
		n.once = true
	}
	n.attempts = g.IntN(4)
	chance := 9
	if n.fallback != nil {
		chance = 2
	}
	if g.one(chance) {
		n.fails = 1 + g.IntN(3)
		n.permanent = g.one(5)
		n.panics = !n.permanent && g.one(5)
	}
	n.delay = time.Duration(g.IntN(4)) * 700 * time.Millisecond
	if g.one(6) {
		n.delay = time.Duration(g.IntN(600)) * time.Second
	}
	if g.long && n.fails > 0 && g.one(3) {
		n.delay = time.Duration(10+g.IntN(60)) * time.Minute
	}
	if g.one(3) {
		n.factor, n.jitter = 1+float64(g.IntN(3)), g.one(2)
		if g.one(2) {
			n.maxDelay = 2 * n.delay
		}
		if !g.long {
			n.maxDelay = state.MaxDelay // beyond it a reconciler is needed
		}
	}
	if g.one(30) { // more attempts than starts without an outcome are allowed
		n.fails, n.attempts, n.delay = 6, 7, time.Second
	}
	if n.primary != nil && g.one(2) {
		n.caught = true
	}
}

// keysOf draws the keys that a node writes: a key of its own, or one whose other
// writers have certainly run before.
func (g *generator) keysOf(n *node) {
	if !g.one(3) {
		return
	}
	key := g.prefix + strconv.Itoa(g.keys)
	if g.keys > 0 && g.one(2) {
		key = g.prefix + strconv.Itoa(g.IntN(g.keys))
	} else {
		g.keys++
	}
	if !settled(g.graph.writers[key], n, nil) {
		return
	}
	if g.one(4) {
		n.deletes = append(n.deletes, key)
	} else {
		n.writes = append(n.writes, key)
	}
	g.graph.writers[key] = append(g.graph.writers[key], n)
}

// settled reports whether all writers have certainly been resolved before n, or are
// also itself.
func settled(writers []*node, n, also *node) bool {
	return !slices.ContainsFunc(writers, func(writer *node) bool { return !n.before[writer] && writer != also })
}

// readable draws a context key that n may read, or "".
func (g *generator) readable(n, also *node) string {
	if g.keys == 0 {
		return ""
	}
	key := g.prefix + strconv.Itoa(g.IntN(g.keys))
	if !settled(g.graph.writers[key], n, also) {
		return ""
	}
	return key
}

// resolved draws a node that has certainly been resolved before n; nil if there is
// none.
func (g *generator) resolved(n *node) *node {
	var before []*node
	for _, other := range g.graph.nodes {
		if n.before[other] {
			before = append(before, other)
		}
	}
	if len(before) == 0 {
		return nil
	}
	return before[g.IntN(len(before))]
}
