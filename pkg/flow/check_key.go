package flow

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// checkStableKey reports the values in a node's idempotency key that another node may
// change between two attempts: under another key, other systems would do the work twice.
// The values of edges, the run's input, and the outputs of the nodes that are settled
// before this one are recorded, and stay.
func checkStableKey(found *issues, path string, g *checkGraph, node int, key *expression.Program) {
	if key == nil {
		return
	}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	refs := key.Refs()
	for _, name := range refs.Names {
		if _, ok := g.index[name]; ok {
			fault("%q may become a context key, so read outputs[%[1]q]", name)
		} else {
			refs.Context = append(refs.Context, name)
		}
	}
	for _, name := range refs.Context {
		fault("the context key %q may be written between them, so let a transform on the edge to this node put it into the input", name)
	}
	for _, id := range refs.Outputs {
		if i, ok := g.index[id]; !ok || g.settledBefore(node).Bit(i) == 0 {
			fault("outputs[%q] may come between them, since that node does not always end before this one", id)
		}
	}
	if key.ReadsInput() && !g.blueprint.Nodes[g.inputOwner(node)].Inputs.IsZero() {
		fault("the values that the node's inputs name may change between them, so read outputs or run in place of input")
	}
	if len(faults) > 0 {
		found.invalid(path, "all attempts must have the same key: %s", strings.Join(faults, "; "))
	}
}

// inputOwner returns the node whose input a node gets: a fallback's is that of the node
// that it stands in for.
func (g *checkGraph) inputOwner(node int) int {
	for g.blueprint.Nodes[node].Inputs.IsZero() {
		primary, ok := g.primary[node]
		if !ok {
			break
		}
		node = primary
	}
	return node
}

// settledBefore returns the set of the nodes whose outcomes are certain when a node runs:
// those that lead to it and, into an "any" join, those that lead there on every way.
func (g *checkGraph) settledBefore(node int) *big.Int {
	if g.sources == nil {
		g.sources, g.settled = g.incoming(), make([]*big.Int, len(g.blueprint.Nodes))
	}
	if known := g.settled[node]; known != nil {
		return known
	}
	set := &big.Int{}
	g.settled[node] = set // in a cycle, which is a fault of its own
	isAny := g.blueprint.Nodes[node].Config.JoinStrategy == JoinAny
	for i, source := range g.sources[node] {
		way := (&big.Int{}).Set(g.settledBefore(source))
		way.SetBit(way, source, 1)
		if primary, ok := g.primary[node]; !ok || primary != source { // the edge was decided by its source, or by a fallback of it
			for at, ok := g.fallbackOf[source]; ok; at, ok = g.fallbackOf[at] {
				way.SetBit(way, at, 1)
			}
		}
		if isAny && i > 0 {
			set.And(set, way)
		} else {
			set.Or(set, way)
		}
	}
	return set
}

// incoming returns the nodes that lead to each node. A fallback is led to by the node that
// it stands in for.
func (g *checkGraph) incoming() [][]int {
	sources := make([][]int, len(g.next))
	for source, targets := range g.next {
		for _, target := range targets {
			sources[target] = append(sources[target], source)
		}
	}
	return sources
}
