// Package decide is the pure part of the engine: it turns recorded decisions,
// and the outcome of a task, into what follows from them. It has no context,
// no clock, no randomness and no store: the same arguments give the same
// answer, however often and by whomever it is asked.
//
// A [Plan] is a blueprint compiled. A [View] is what is known of one run of it.
// [Decide] turns an outcome into the task's next record; a [Propagation] is
// what follows from a record: the tasks that are ready, the arrivals at joins,
// the ends that are reached. [Diagnose] finds what a run lacks that nobody
// works on, and [Report] tells how a run stands.
package decide
