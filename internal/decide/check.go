package decide

import (
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Check returns a [*state.DamagedError] if a record has a taken edge that is none of its
// node, or of a node that it stands in for.
func (p *Plan) Check(t state.TaskRecord) error {
	edges := p.Graph.Blueprint.Edges
	for _, taken := range t.Edges {
		if taken.Index < 0 || taken.Index >= len(edges) || !p.Graph.standsIn(t.Node, edges[taken.Index].Source) {
			return &state.DamagedError{Item: "record of node " + t.Name(), Reason: fmt.Sprintf("its blueprint has no edge %d from it", taken.Index)}
		}
	}
	return nil
}

// standsIn reports whether the decision of id decides the edges of source.
func (g *Graph) standsIn(id, source string) bool {
	for ; id != ""; id = g.primary[id] {
		if id == source {
			return true
		}
	}
	return false
}
