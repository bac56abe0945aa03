package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// shapeOf draws nothing: it takes nodes, edges, joins, retries and fallbacks of
// somebody's blueprint. What the nodes' code does, and the expressions of the
// edges that have some, are drawn as for any other.
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

// ownCode keeps what a blueprint from outside says of a node.
func (g *generator) ownCode(n *node, config flow.NodeConfig) {
	n.once = config.Semantics == flow.AtMostOnce
	n.attempts, n.delay = config.MaxRetries, config.RetryDelay
	n.factor, n.maxDelay, n.jitter = 0, 0, false
	if b := config.Backoff; b != nil {
		n.factor, n.maxDelay, n.jitter = b.Factor, b.MaxDelay, b.Jitter
	}
	n.actions = nil
	for _, e := range g.graph.edges {
		if e.source == n && e.action != "" {
			n.actions = append(n.actions, e.action, "")
		}
	}
}

// LoadBlueprints reads the blueprints of a folder that are to be simulated.
func LoadBlueprints(folder fs.FS) ([]*flow.Blueprint, error) {
	blueprints, err := flow.LoadBlueprints(folder)
	if err == nil && len(blueprints) == 0 {
		return nil, errors.New("there is no blueprint (*.json) in the folder")
	}
	for _, b := range blueprints {
		registry := flow.Registry{}
		for _, n := range b.Nodes {
			registry[n.Uses] = flow.HandlerFunc(nil)
		}
		if invalid := flow.Validate(b, registry); invalid != nil {
			return nil, fmt.Errorf("simulate: %w", invalid)
		}
	}
	return blueprints, err
}

// pick is the blueprint that a seed is about; nil if it is a random one.
func pick(blueprints []*flow.Blueprint, chance *rand.Rand) *flow.Blueprint {
	if len(blueprints) == 0 {
		return nil
	}
	return blueprints[chance.IntN(len(blueprints))]
}
