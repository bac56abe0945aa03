// Package sim runs the engine and the reconciler in a world where everything
// goes wrong that can, and shows that no run is lost by it.
//
// A world is one process with a clock of its own and one source of chance: a
// seed. Workers and reconcilers take turns; at every request to the store or
// the queue, and wherever a node's code takes time, the turn passes on, so the
// seed alone decides what happens in which order, and the same seed gives the
// same trace, byte by byte. The store is [memory.Store], with the guards that
// DynamoDB evaluates too; the queue delivers like SQS at its worst.
//
// A reference interpreter that knows neither messages nor faults computes the end
// that a run must come to. Each [Invariant] stands in a file of its own,
// check_….go: those that hold at every moment are watched while the world runs,
// see watch.go, the others are judged in the end, see verify.go.
package sim
