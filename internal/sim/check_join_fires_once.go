package sim

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// JoinFiresOnce is about "any" joins.
const JoinFiresOnce Invariant = "a join is fired once, by a source that leads to it"

// checkFiredBy checks that the source recorded by a claim stays.
func (w *world) checkFiredBy(r *run, before, after state.TaskRecord) {
	if before.FiredBy != "" && before.FiredBy != after.FiredBy {
		w.violate(JoinFiresOnce, "run %s: the source of the join %s goes from %s to %s", r.id, after.Name(), before.FiredBy, after.FiredBy)
	}
}

// checkFirst checks that the first arrival stays the first.
func (w *world) checkFirst(r *run, join state.JoinKey, before, after state.Join) {
	if before.First != "" && before.First != after.First {
		w.violate(JoinFiresOnce, "run %s: the first at the join %s was %s and is %s", r.id, join.Name(), before.First, after.First)
	}
}

// firing returns the recorded source of a join, which must lead to it; nil if there
// is none.
func (w *world) firing(r *run, n *node) *node {
	t, ok := r.records[n.id]
	if !ok || t.FiredBy == "" {
		return nil
	}
	source := w.graphOf(r).byID[t.FiredBy]
	if !slices.Contains(n.sources, source) {
		w.violate(JoinFiresOnce, "run %s: the join %s was fired by %q, which is no source of it", r.id, n.id, t.FiredBy)
		return nil
	}
	if edges, _ := w.recorded(r).edges(source, n); len(edges) == 0 {
		w.violate(JoinFiresOnce, "run %s: the join %s was fired by %s, which did not lead to it", r.id, n.id, t.FiredBy)
	}
	return source
}
