package decide

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// noMatchFails is the value of a node's config.noMatch with which a decision without a
// taken edge fails the node.
const noMatchFails = "fail"

// Unmatched says why a recorded decision takes no edge although the node, or one that it
// stands in for, has some: a branch ends there. It is "" for every other record. The
// reason has no values but the action.
func Unmatched(g *Graph, t state.TaskRecord) string {
	if t.State != flow.TaskDone || t.Abridged || len(t.Edges) > 0 {
		return ""
	}
	var edges []int
	for id := t.Node; id != ""; id = g.primary[id] {
		edges = append(edges, g.out[id]...)
	}
	if len(edges) == 0 {
		return ""
	}
	return unmatched(g, edges, t.Action)
}

// mustMatch returns the failure of a decision that takes none of a node's edges, if its
// config demands that it takes one.
func mustMatch(g *Graph, id string, taken []state.TakenEdge, action string) error {
	if len(taken) > 0 || len(g.out[id]) == 0 ||
		g.nodes[id].Config.NoMatch != noMatchFails { //rule:no-match-ends-branch
		return nil
	}
	reason := fmt.Sprintf("no edge of node %q is taken, and its noMatch is %q: %s", id, noMatchFails, unmatched(g, g.out[id], action))
	//rule:no-match-fails = error(nil)
	return flow.Permanent(flow.WithCode(errors.New(reason), state.CodeNoMatch))
}

// maxUnmatched is the number of edges that a reason names.
const maxUnmatched = 5

// unmatched tells why none of these edges is taken for an action.
func unmatched(g *Graph, edges []int, action string) string {
	var actions, conditions []string
	for _, i := range edges {
		e := g.Blueprint.Edges[i]
		if e.Action != "" && e.Action != action {
			if quoted := fmt.Sprintf("%q", Truncate(e.Action, 40)); !slices.Contains(actions, quoted) {
				actions = append(actions, quoted)
			}
			continue
		}
		conditions = append(conditions, fmt.Sprintf("edges[%d] (%s -> %s)", i, Truncate(e.Source, 40), Truncate(e.Target, 40)))
	}
	var parts []string
	if len(actions) > 0 {
		has := "the result has no action"
		if action != "" {
			has = fmt.Sprintf("the result's action is %q", Truncate(action, 40))
		}
		parts = append(parts, fmt.Sprintf("%s, and edges are for %s", has, some(actions)))
	}
	if len(conditions) > 0 {
		parts = append(parts, "not true is the condition of "+some(conditions))
	}
	return strings.Join(parts, "; ")
}

// some lists the first of several names.
func some(names []string) string {
	if more := len(names) - maxUnmatched; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxUnmatched], ", "), more)
	}
	return strings.Join(names, ", ")
}
