// Package flow is a workflow engine for queues and key-value stores: it runs
// Flowcraft's JSON blueprints at least once per node and commits every node
// exactly once.
//
// # The model
//
// A [Blueprint] is a graph of nodes and edges, as data. A [Run] executes one.
// A task is one execution of a node in a run; its [TaskRecord] is all that is
// kept of it. Messages on a [Queue] say what is to be done, records in a
// [Store] say what was decided. Messages may be lost, repeated and reordered;
// records decide.
//
// # Decide, commit, send
//
// [Engine.Handle] handles one message. It claims the message's task, which
// gives it a lease; executes the node's code; decides, in a pure function, what
// the outcome leads to; commits outcome, decided edges and context writes in
// one conditional write; and only then sends what follows. Of the tasks that
// became ready, one goes on here at once, without a message and without a
// claim of its own: the lease of the message's first task covers the chain.
// The message is acknowledged when the chain has ended or was handed on.
//
// A message that comes again finds the records. A live lease sends it back; a
// recorded outcome is never decided anew, but led on from: its successors are
// looked up, and those that nobody answers for are sent.
//
// # Joins and dead paths
//
// A decision resolves all edges of a node: some are taken, the others are
// dead, and so is everything that only they lead to. Death is carried to the
// joins and ends it reaches. A join is a set of the sources that have arrived,
// and one of those that arrived by a taken edge; it is ready when the sets
// say so, however often somebody arrives. The run is over when all its ends
// are resolved: its sinks, and the edges into "any" joins.
//
// # Failures
//
// A node's error is its outcome: it is recorded, and retried by a new message
// as the node's configuration says; out of attempts, its fallback stands in for
// it, or the run fails. An error of the infrastructure says nothing about the
// node: the message comes back, and the run goes on where the records end.
package flow
