// Package decide is the pure part of the engine: it computes the consequences of recorded
// decisions and of a task's outcome. It has no context, no clock, no randomness and no
// store: the same arguments always give the same answer.
//
// A [Plan] is a compiled blueprint. A [View] holds the known part of one run. [Decide]
// turns an outcome into the task's next record. A [Propagation] holds the consequences of
// a record: the tasks that are ready, the arrivals at joins, the ends that are reached.
// [Diagnose] finds missing work in a run that no worker is working on, and [Report]
// describes the state of a run.
package decide
