package flow

import (
	"fmt"
	"slices"
	"strings"
)

// loopController is the node that a cycle must pass through.
const loopController = "loop-controller"

// maxNamed is the maximum number of nodes in a message.
const maxNamed = 20

// cycles describes the cycles without a loop controller, by their first node: one for
// each strongly connected set of nodes. User code with the loop controller's name
// does not count.
func (g *checkGraph) cycles(types NodeTypes) map[int]string {
	next := slices.Clone(g.next)
	for i, n := range g.blueprint.Nodes {
		if n.Uses == loopController && !types.Has(loopController) {
			next[i] = nil
		}
	}
	cycles := map[int]string{}
	for _, component := range components(next) {
		first := component[0]
		if len(component) == 1 && !slices.Contains(next[first], first) {
			continue
		}
		ring := shortestRing(next, component)
		text := g.names(ring, true)
		slices.Sort(ring)
		if rest := without(component, ring); len(rest) > 0 {
			text += fmt.Sprintf(" (and with them %s)", g.names(rest, false))
		}
		cycles[first] = text
	}
	return cycles
}

// names lists nodes for a message; a ring is closed by its first one.
func (g *checkGraph) names(nodes []int, ring bool) string {
	var names []string
	for _, i := range nodes[:min(len(nodes), maxNamed)] {
		names = append(names, fmt.Sprintf("%q", g.blueprint.Nodes[i].ID))
	}
	if more := len(nodes) - maxNamed; more > 0 {
		names = append(names, fmt.Sprintf("… %d more", more))
	}
	if !ring {
		return strings.Join(names, ", ")
	}
	return strings.Join(append(names, names[0]), " → ")
}

// components returns the strongly connected components, each sorted: Tarjan's
// algorithm with its own stack, so that a long chain needs no deep recursion.
func components(next [][]int) (found [][]int) {
	type frame struct{ node, edge int }
	var (
		order   = make([]int, len(next)) // of discovery, from 1
		low     = make([]int, len(next)) // the earliest node on the stack that it leads to
		onStack = make([]bool, len(next))
		stack   []int
		count   int
	)
	enter := func(node int) frame {
		count++
		order[node], low[node] = count, count
		stack, onStack[node] = append(stack, node), true
		return frame{node: node}
	}
	for root := range next {
		if order[root] != 0 {
			continue
		}
		for calls := []frame{enter(root)}; len(calls) > 0; {
			call := &calls[len(calls)-1]
			node := call.node
			if call.edge < len(next[node]) {
				to := next[node][call.edge]
				call.edge++
				switch {
				case order[to] == 0:
					calls = append(calls, enter(to))
				case onStack[to]:
					low[node] = min(low[node], order[to])
				}
				continue
			}
			if calls = calls[:len(calls)-1]; len(calls) > 0 {
				caller := calls[len(calls)-1].node
				low[caller] = min(low[caller], low[node])
			}
			if low[node] == order[node] {
				from := len(stack) - 1
				for stack[from] != node {
					from--
				}
				component := slices.Clone(stack[from:])
				for _, member := range component {
					onStack[member] = false
				}
				stack = stack[:from]
				slices.Sort(component)
				found = append(found, component)
			}
		}
	}
	return found
}

// shortestRing returns the shortest path from a component's first node back to it.
func shortestRing(next [][]int, component []int) []int {
	first := component[0]
	from := map[int]int{} // by node: the one it was reached from
	for todo := []int{first}; len(todo) > 0; todo = todo[1:] {
		node := todo[0]
		for _, to := range next[node] {
			if to == first {
				ring := []int{node}
				for node != first {
					node = from[node]
					ring = append(ring, node)
				}
				slices.Reverse(ring)
				return ring
			}
			_, seen := from[to]
			// Every path back stays within the component.
			if _, inside := slices.BinarySearch(component, to); inside && !seen {
				from[to] = node
				todo = append(todo, to)
			}
		}
	}
	return nil
}

func without(all, sorted []int) (rest []int) {
	for _, i := range all {
		if _, ok := slices.BinarySearch(sorted, i); !ok {
			rest = append(rest, i)
		}
	}
	return rest
}
