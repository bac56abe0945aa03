package sim

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// JoinFiresOnce is about "any" joins.
const JoinFiresOnce Invariant = "a join is fired once, by the first source that leads to it"

func joinFiresOnce(w *watcher) moments {
	type joinOf struct {
		run *run
		key state.JoinKey
	}
	first := map[joinOf]string{}          // the source that arrived first
	firstAt := map[joinOf]time.Duration{} // when it arrived
	return moments{
		task: func(t taskSeen) { // the source recorded by a claim stays
			if before, after := t.before.FiredBy, t.after.FiredBy; before != "" && before != after {
				w.violate(JoinFiresOnce, "run %s: the source of the join %s goes from %s to %s", t.run.id, t.after.Name(), before, after)
			}
			join := joinOf{t.run, state.JoinKey{TaskKey: t.after.TaskKey}}
			known := first[join] != "" && firstAt[join] < w.scheduler.current.from // its worker has read it
			if t.before.FiredBy == "" && known && t.after.FiredBy != first[join] {
				w.violate(JoinFiresOnce, "run %s: the first at the join %s was %s, but it is claimed as fired by %q", t.run.id, t.after.Name(), first[join], t.after.FiredBy)
			}
		},
		arrived: func(s arrivalSeen) { // the first arrival stays the first
			join := joinOf{s.run, s.arrival.Join}
			if before, after := first[join], s.join.First; before != "" && before != after {
				w.violate(JoinFiresOnce, "run %s: the first at the join %s was %s and is %s", s.run.id, join.key.Name(), before, after)
			}
			if first[join] == "" {
				first[join], firstAt[join] = s.join.First, w.scheduler.now
			}
		},
	}
}

// firing returns the recorded source of a join, which must lead to it; nil if there
// is none.
func firing(w *watcher, r *run, n *node) *node {
	t, ok := r.records[n.id]
	if !ok || t.FiredBy == "" {
		return nil
	}
	source := w.setting.graphOf(r).byID[t.FiredBy]
	if !slices.Contains(n.sources, source) {
		w.violate(JoinFiresOnce, "run %s: the join %s was fired by %q, which is no source of it", r.id, n.id, t.FiredBy)
		return nil
	}
	if edges, _ := w.setting.recorded(r).edges(source, n); len(edges) == 0 {
		w.violate(JoinFiresOnce, "run %s: the join %s was fired by %s, which did not lead to it", r.id, n.id, t.FiredBy)
	}
	return source
}
