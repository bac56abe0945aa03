package flow

import (
	"context"
	"fmt"
)

// due reports whether recorded decisions lead to the task of a job, and its
// join's rule holds: no message, forged or early, makes it so. A join whose
// predecessors are not all decided is due only if the others are dead, which
// the records before them tell; no more of them are read than that takes.
func (h *handling) due(ctx context.Context, task TaskKey) (bool, error) {
	if !h.view.ledTo(task) {
		return false, nil
	}
	read := map[string]bool{}
	for _, id := range h.view.steps[task.Node].reads.tasks {
		read[id] = true
	}
	for !h.view.ready(task, map[TaskKey]bool{}) {
		set := ReadSet{RunID: h.run.ID}
		for _, id := range h.view.unread(task, read) {
			read[id] = true
			set.Tasks = append(set.Tasks, TaskKey{id, task.Scope})
		}
		if len(set.Tasks) == 0 {
			return false, nil
		}
		if _, err := h.read(ctx, set); err != nil {
			return false, fmt.Errorf("see whether %s is due: %w", taskName(task), err)
		}
	}
	return true, nil
}

// unread are the nodes, not read yet, whose records can tell whether the
// undecided ways to a task are dead: those before what was read and has no
// record.
func (v *view) unread(task TaskKey, read map[string]bool) (ids []string) {
	seen := map[string]bool{task.Node: true}
	before := v.before(task.Node)
	for len(before) > 0 {
		id := before[0]
		before = before[1:]
		if seen[id] {
			continue
		}
		seen[id] = true
		_, recorded := v.tasks[TaskKey{id, task.Scope}]
		switch {
		case !read[id]:
			ids = append(ids, id)
		case !recorded:
			before = append(before, v.before(id)...)
		}
	}
	return ids
}

// before are the nodes whose outcomes decide about a node: its predecessors,
// what may stand in for them, and the node that it stands in for itself.
func (v *view) before(id string) (ids []string) {
	if primary := v.primary[id]; primary != "" {
		ids = append(ids, primary)
	}
	for _, source := range v.sources[id] {
		for ; source != ""; source = v.fallbackOf(source) {
			ids = append(ids, source)
		}
	}
	return ids
}
