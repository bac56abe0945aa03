package decide

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Progress derives from recorded decisions which tasks may still run: whether a task is
// led to, ready or dead. It remembers its answers, so that asking for all tasks costs no
// more than one walk; a changed view needs a new Progress.
type Progress struct {
	view *View
	dead map[state.TaskKey]bool
}

// NewProgress returns the progress of a run as far as the view knows it.
func NewProgress(v *View) *Progress { return &Progress{v, map[state.TaskKey]bool{}} }

// LedTo reports whether a recorded decision leads to the task. A job for any other task is
// forged or belongs to another run: it must not run.
func (p *Progress) LedTo(task state.TaskKey) bool {
	g := p.view.graph()
	if g.nodes[task.Node] == nil || task.Scope != "" {
		return false
	}
	if g.IsStart(task.Node) {
		return true
	}
	if primary := g.primary[task.Node]; primary != "" {
		return p.view.Tasks[state.TaskKey{Node: primary, Scope: task.Scope}].State == flow.TaskFailed
	}
	for _, source := range g.sources[task.Node] {
		if edges, _ := p.view.takenInto(task, source); len(edges) > 0 {
			return true
		}
	}
	return false
}

// Ready reports whether recorded decisions lead to a task, and its join's rule holds.
func (p *Progress) Ready(task state.TaskKey) bool {
	g := p.view.graph()
	if !p.LedTo(task) { //rule:ready-only-if-led-to
		return false
	}
	if !g.isJoin(task.Node) || g.IsAnyJoin(task.Node) { //rule:join-ready-by-rule = true
		return true
	}
	for _, source := range g.sources[task.Node] {
		if _, decided := p.view.Decider(source, task.Scope); !decided && !p.Dead(state.TaskKey{Node: source, Scope: task.Scope}) {
			return false
		}
	}
	return true
}

// Dead reports whether the recorded decisions leave no way to the task, so that it will
// never run. A task with a record is not dead.
func (p *Progress) Dead(task state.TaskKey) bool {
	if answer, ok := p.dead[task]; ok {
		return answer
	}
	p.dead[task] = false // also ends the search in a cycle
	g := p.view.graph()
	if _, recorded := p.view.Tasks[task]; recorded || g.IsStart(task.Node) {
		return false
	}
	if primary := g.primary[task.Node]; primary != "" {
		failed := state.TaskKey{Node: primary, Scope: task.Scope}
		p.dead[task] = p.view.Tasks[failed].State == flow.TaskDone || p.Dead(failed)
		return p.dead[task]
	}
	for _, source := range g.sources[task.Node] {
		if !p.untaken(source, task) {
			return false
		}
	}
	p.dead[task] = true
	return true
}

// untaken reports whether it is decided that no edge from source into the task is taken.
// An abridged record does not prove it: it was read for another task.
func (p *Progress) untaken(source string, task state.TaskKey) bool {
	if record, decided := p.view.Decider(source, task.Scope); decided {
		edges, _ := p.view.takenInto(task, source)
		return len(edges) == 0 &&
			!record.Abridged //rule:abridged-record-proves-no-death
	}
	return p.Dead(state.TaskKey{Node: source, Scope: task.Scope})
}

// Unread returns the nodes, not yet read or read only in part, whose records can tell
// whether the undecided ways to a task are dead: the predecessors of nodes that were read
// and have no record.
func Unread(v *View, task state.TaskKey, read map[string]bool) (ids []string) {
	walkBack(v.graph(), task.Node, func(id string) (further bool) {
		record, recorded := v.Tasks[state.TaskKey{Node: id, Scope: task.Scope}]
		if !read[id] || record.Abridged {
			ids = append(ids, id)
			return false
		}
		return !recorded
	})
	return ids
}
