// Package sim runs the engine and the reconciler in a world where every fault
// occurs, and shows that no run is lost.
//
// A world is one process with a clock of its own and one source of randomness: a
// seed. Workers and reconcilers take turns: every request to the store or the
// queue, and any time that a node's code takes, passes the turn on. So the seed
// alone determines the order of events, and the same seed gives the same trace,
// byte by byte. The store is [memory.Store], with the guards that DynamoDB
// evaluates too; the queue delivers like SQS at its worst.
//
// The parts of a world, see world.go, each own their state: the scheduler has the
// clock and gives processes their turns, the queue has the messages and the delivery
// hands them to workers, the hosts run the sandboxes, the wire carries requests and
// lets the faults hit, the registry knows the runs.
//
// A reference interpreter that knows neither messages nor faults computes the end
// that a run must reach. Each [Invariant] has a file of its own, check_….go. The
// watcher is shown every step and lets the invariants judge each moment: moments.go
// lists both. Those about the end are checked once the world rests, see verify.go.
package sim
