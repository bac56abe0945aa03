package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// shapeOf draws nothing: it takes nodes, edges, joins, retries and fallbacks from
// the given blueprint. The behaviour of the nodes' code, and the expressions of the
// edges that have any, are drawn as for other blueprints.
func (g *generator) shapeOf(b *flow.Blueprint) {
	byID := map[string]*node{}
	for _, spec := range b.Nodes {
		n := &node{id: spec.ID, any: spec.Config.JoinStrategy == flow.JoinAny, once: spec.Config.Semantics == flow.AtMostOnce}
		byID[n.id] = n
		g.graph.nodes = append(g.graph.nodes, n)
	}
	for _, spec := range b.Nodes {
		if f := byID[spec.Config.Fallback]; f != nil {
			byID[spec.ID].fallback, f.primary = f, byID[spec.ID]
		}
	}
	for _, spec := range b.Edges {
		e := g.graph.connect(byID[spec.Source], byID[spec.Target])
		e.action, e.conditional, e.transforms = spec.Action, spec.Condition != "", spec.Transform != ""
	}
}

// longestDelay of a retry keeps worlds short. Much shorter delays already need
// timers.
const longestDelay = time.Hour

// ownCode keeps the settings that a blueprint from outside gives to a node.
func (g *generator) ownCode(n *node, config flow.NodeConfig) {
	n.once = config.Semantics == flow.AtMostOnce
	n.attempts, n.delay = config.MaxRetries, min(config.RetryDelay, longestDelay)
	n.factor, n.maxDelay, n.jitter = 0, 0, false
	if b := config.Backoff; b != nil {
		n.factor, n.maxDelay, n.jitter = b.Factor, min(cmp.Or(b.MaxDelay, longestDelay), longestDelay), b.Jitter
	}
	n.actions = nil
	for _, e := range g.graph.edges {
		if e.source == n && e.action != "" {
			n.actions = append(n.actions, e.action, "")
		}
	}
}

// meant reports whether a name of inputs can only mean the given node, or nothing:
// no other node of a blueprint from outside has that name by chance, in whole or in
// front of a path.
func (g *generator) meant(name string, by *node) bool {
	return !slices.ContainsFunc(g.graph.nodes, func(n *node) bool {
		return n != by && (n.id == name || strings.HasPrefix(name, n.id+"."))
	})
}

// keyPrefix returns a prefix for context keys that no node's id begins with.
func keyPrefix(b *flow.Blueprint) string {
	prefix := "k"
	for b != nil && slices.ContainsFunc(b.Nodes, func(n flow.Node) bool { return strings.HasPrefix(n.ID, prefix) }) {
		prefix += "k"
	}
	return prefix
}

// pick returns the blueprint that a seed simulates; nil for a random one.
func pick(blueprints []*flow.Blueprint, chance *rand.Rand) *flow.Blueprint {
	if len(blueprints) == 0 {
		return nil
	}
	return blueprints[chance.IntN(len(blueprints))]
}
