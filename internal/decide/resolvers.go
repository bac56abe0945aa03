package decide

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// resolvers returns the recorded tasks that decided the nodes, or their successors: those
// that are done, and for a dead or failed node those that decided it, found through other
// dead nodes.
func resolvers(v *View, nodes []string) (records []state.TaskRecord) {
	seen := map[string]bool{}
	for next := nodes; len(next) > 0; {
		id := next[0]
		next = next[1:]
		if seen[id] {
			continue
		}
		seen[id] = true
		t, recorded := v.Tasks[state.TaskKey{Node: id}]
		switch {
		case recorded && t.State == flow.TaskDone:
			records = append(records, t)
		case recorded && t.State == flow.TaskFailed && v.graph().FallbackOf(id) != "":
			next = append(next, v.graph().FallbackOf(id)) // decides in its place
		case !recorded:
			next = append(next, v.graph().before(id)...)
		}
	}
	return records
}

// lasts returns the nodes at which a run ends: its sinks, and the sources of "any" joins.
func lasts(g *Graph) []string {
	ids := g.Sinks()
	for _, n := range g.Blueprint.Nodes {
		if g.IsAnyJoin(n.ID) {
			ids = append(ids, g.sources[n.ID]...)
		}
	}
	return ids
}
