package flow

import "fmt"

// layout is a blueprint's shape by node number, as far as it is sound: links to
// or from unknown nodes, and fallbacks that are refused because they lead back,
// are not in it, so that one fault is not reported as several.
type layout struct {
	blueprint      *Blueprint
	index          map[string]int // the first node of each id
	next           [][]int        // where edges and the fallback lead
	entered        []bool         // an edge or a fallback leads here
	fallbackFaults map[int][]string
}

func newLayout(b *Blueprint) *layout {
	l := &layout{
		blueprint:      b,
		index:          make(map[string]int, len(b.Nodes)),
		next:           make([][]int, len(b.Nodes)),
		entered:        make([]bool, len(b.Nodes)),
		fallbackFaults: map[int][]string{},
	}
	for i, n := range b.Nodes {
		if _, ok := l.index[n.ID]; !ok && n.ID != "" {
			l.index[n.ID] = i
		}
	}
	entry := map[int]int{} // the first edge into a node
	for i, e := range b.Edges {
		source, known := l.index[e.Source]
		target, ok := l.index[e.Target]
		if !known || !ok {
			continue
		}
		if _, ok := entry[target]; !ok {
			entry[target] = i
		}
		l.link(source, target)
	}
	for node, fallback := range l.checkFallbacks(entry) {
		if fallback >= 0 {
			l.link(node, fallback)
		}
	}
	return l
}

func (l *layout) link(from, to int) {
	l.next[from] = append(l.next[from], to)
	l.entered[to] = true
}

// checkFallbacks returns the fallback of each node, -1 for none, without those
// that lead back to their own node.
func (l *layout) checkFallbacks(entry map[int]int) []int {
	fallbacks := make([]int, len(l.blueprint.Nodes))
	primary := map[int]int{}
	for i := range fallbacks {
		target, ok := l.fallback(i)
		if !ok {
			fallbacks[i] = -1
			continue
		}
		fallbacks[i] = target
		l.checkShared(i, target, primary, entry)
	}
	for _, ring := range rings(fallbacks) {
		l.refuse(ring[0], "the fallbacks %s lead back to where they began: remove one of them, so that the last failure ends the run", l.names(ring, true))
		for _, i := range ring {
			fallbacks[i] = -1
		}
	}
	return fallbacks
}

// fallback is the node that a node names, if it can be one.
func (l *layout) fallback(i int) (int, bool) {
	n := l.blueprint.Nodes[i]
	id := n.Config.Fallback
	if id == "" {
		return 0, false
	}
	target, ok := l.index[id]
	first, named := l.index[n.ID]
	if !ok {
		l.refuse(i, "there is no node %q: add it, or remove the fallback", id)
		return 0, false
	}
	return target, named && first == i // the first of several with one id speaks for all
}

// checkShared reports a fallback that something else leads to as well.
func (l *layout) checkShared(i, target int, primary, entry map[int]int) {
	id := l.blueprint.Nodes[target].ID
	if first, ok := primary[target]; ok {
		l.refuse(i, "node %q is the fallback of %q already: add a copy of it under an id of its own, with copies of its edges, and name that one here", id, l.blueprint.Nodes[first].ID)
		return
	}
	primary[target] = i
	if edge, ok := entry[target]; ok {
		l.refuse(i, "edges[%d] leads to %q too, but a fallback is entered only when its node has failed: remove the edge, or name a copy of %q that no edge leads to", edge, id, id)
	}
}

func (l *layout) refuse(i int, format string, args ...any) {
	l.fallbackFaults[i] = append(l.fallbackFaults[i], fmt.Sprintf(format, args...))
}

// rings returns the rings of a graph in which each node leads to at most one
// other (-1: none), each from its lowest number on.
func rings(next []int) (rings [][]int) {
	seen := make([]int, len(next)) // by which walk, from 1
	for start := range next {
		at := start
		for at >= 0 && seen[at] == 0 {
			seen[at] = start + 1
			at = next[at]
		}
		if at < 0 || seen[at] != start+1 {
			continue
		}
		first := at
		for i := next[at]; i != at; i = next[i] {
			first = min(first, i)
		}
		ring := []int{first}
		for i := next[first]; i != first; i = next[i] {
			ring = append(ring, i)
		}
		rings = append(rings, ring)
	}
	return rings
}

// orphans are the nodes that no start node leads to. A blueprint's only node is none.
func (l *layout) orphans() map[int]bool {
	orphans := map[int]bool{}
	if len(l.next) < 2 {
		return orphans
	}
	reached := make([]bool, len(l.next))
	var todo []int
	for i, entered := range l.entered {
		if !entered {
			reached[i] = true
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		node := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range l.next[node] {
			if !reached[to] {
				reached[to] = true
				todo = append(todo, to)
			}
		}
	}
	for i, ok := range reached {
		if !ok {
			orphans[i] = true
		}
	}
	return orphans
}
