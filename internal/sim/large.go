package sim

import "time"

// drawsLarge reports whether the world of a seed has large values: one in 300.
func drawsLarge(seed uint64) bool { return newChance(seed, 5).one(300) }

// drawLarge makes a few worlds ones of values of real sizes: their workers have little
// memory, and several messages share it. They cost as much as a hundred others.
func (w *world) drawLarge() {
	s, c := w.setting, newChance(w.setting.seed, 7)
	if !drawsLarge(s.seed) {
		return
	}
	s.memory = 24_000_000 + 4_000_000*c.IntN(3)
	s.batching = true // otherwise no process waits for another
	s.graph = largeGraph(c)
	s.graph.most = s.memory / 4
}

// largeGraph draws a fork and a join, and perhaps several ends: of the inputs of the
// join, and of the ends, the sum may be too large.
func largeGraph(c chance) *graph {
	g := &graph{writers: map[string][]*node{}}
	top, join := g.large(c, 12), g.large(c, 1)
	for range 2 + c.IntN(4) {
		branch := g.large(c, 1)
		g.connect(top, branch)
		g.connect(branch, join)
	}
	if c.one(2) {
		for range 1 + c.IntN(4) {
			g.connect(join, g.large(c, 8))
		}
	}
	return g
}

// large adds a node whose output has 100 KB at least least times.
func (g *graph) large(c chance, least int) *node {
	n := &node{size: 100_000 * (least + c.IntN(30)), attempts: 2, delay: time.Second, duration: time.Duration(c.IntN(8)) * 500 * time.Millisecond}
	if c.one(8) {
		n.fails = 1
	}
	if c.one(8) {
		n.kills = 1
	}
	return g.add(n)
}

// smallRead is the size up to which an engine reads values without asking for memory.
const smallRead = 1 << 20

// inputsTooLarge reports whether the values that a node's sources give it exceed the
// limit. Sums are whole hundreds of kilobytes, and what is around them is less.
func (r *reference) inputsTooLarge(n *node) bool { return r.together(n.sources) }

// endsTooLarge reports whether the outputs of the run's ends exceed the limit.
func (r *reference) endsTooLarge() bool {
	var ends []*node
	for _, n := range r.graph.nodes {
		if n.isSink() {
			ends = append(ends, n)
		}
	}
	return r.together(ends)
}

func (r *reference) together(nodes []*node) bool {
	sum := 0
	for _, n := range nodes {
		if d := r.decider(n); d != nil && d.has {
			sum += n.size
		}
	}
	return r.graph.most > 0 && sum >= r.graph.most
}
