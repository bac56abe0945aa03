package decide

import (
	"encoding/json"
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

// CheckInput returns a [*state.DamagedError] if a run was started with an input, but none
// is stored: such as in tables that were restored to different seconds. Its nodes must
// not run with null in its place.
func CheckInput(run state.Run, input json.RawMessage) error {
	if input != nil || run.InputHash == "" || HasInput(run.InputHash, nil) {
		return nil
	}
	return &state.DamagedError{Item: "input", Reason: "it is absent, although the run was started with one"}
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
