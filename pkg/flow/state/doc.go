// Package state defines the contract of stores and queues: the records of a run,
// the conditions and changes of all writes as data, and the interfaces through
// which an engine reads and writes them.
//
// A [Run] is one item, a [TaskRecord] another for each task, a [Join] for each node
// with several predecessors. Every write is a claim, a transition or an arrival;
// its condition is a [Guard]. A store evaluates guards and has no conditions of its
// own, so that results of a simulation over one store hold for another. All guards
// are in guards.go.
package state
