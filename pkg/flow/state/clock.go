package state

import "fmt"

// Clock orders the writes of one run to a context key: of two that are ordered by the
// graph the later one is higher, and of two that run side by side everybody takes the
// same one. It needs no reading: it is the run's epoch, the node's depth in the graph
// and the task, as text that sorts like them.
type Clock string

// ClockOf returns the clock of a task's writes.
func ClockOf(epoch, depth int, task TaskKey) Clock {
	return Clock(fmt.Sprintf("%08x.%08x.%s", epoch, depth, task.Key()))
}
