package flow

// dead reports whether the recorded decisions leave no way to the task: it
// will never run. A task with a record is not dead. known remembers the
// answers, so that asking for all tasks costs no more than one walk; it also
// ends the search in a cycle.
func (v *view) dead(task TaskKey, known map[TaskKey]bool) bool {
	if answer, ok := known[task]; ok {
		return answer
	}
	known[task] = false
	if _, recorded := v.tasks[task]; recorded || v.isStart(task.Node) {
		return false
	}
	if primary := v.primary[task.Node]; primary != "" {
		failed := TaskKey{primary, task.Scope}
		known[task] = v.tasks[failed].State == TaskDone || v.dead(failed, known)
		return known[task]
	}
	for _, source := range v.sources[task.Node] {
		if !v.untaken(source, task, known) {
			return false
		}
	}
	known[task] = true
	return true
}

// untaken reports whether it is decided that no edge from source into the task is taken.
func (v *view) untaken(source string, task TaskKey, known map[TaskKey]bool) bool {
	if _, decided := v.decider(source, task.Scope); decided {
		edges, _ := v.takenInto(task, source)
		return len(edges) == 0
	}
	return v.dead(TaskKey{source, task.Scope}, known)
}
