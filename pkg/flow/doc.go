// Package flow is the vocabulary of those who write workflows. It reads and
// validates Flowcraft's JSON blueprints and says of what node code is made. The
// engine that runs them executes every node at least once, and commits its
// outcome exactly once.
//
// # Blueprints and runs
//
// A [Blueprint] is a graph of nodes and edges, as data: [ParseBlueprint] and
// [LoadBlueprints] read it, [Validate] tells all its faults at once. A run
// executes one, from an input to the outputs of its nodes. A task is one
// execution of a node in a run, in as many attempts as its [NodeConfig] allows.
//
// # Node code
//
// A node names its code by the word in its "uses": one of the built-in nodes,
// or an entry of a [Registry]. Of a function from an input to an output [Func]
// makes such an entry, of one that needs its [Task] or chooses an action
// [TaskFunc], and of one that reads the params of each node [FromParams]. A
// [Middleware] wraps them all.
//
// Code may be called again for the same task after a crash: what it does to
// other systems is to be done under [Task].Key, which is the same for every call.
//
// # Ways through a blueprint
//
// A node that is done resolves its edges: some are taken, the others are dead,
// and so is everything that only they lead to. A node with several predecessors
// waits for all of them, or for the first taken edge, as its [JoinStrategy]
// says. The run has ended when all its ends are resolved: its sinks, and the
// edges into "any" joins.
//
// # Failures
//
// An error of node code is an outcome: it is recorded, and tried again as the
// node's configuration says, unless [Permanent], [RetryAfter] or [WithCode] have
// said otherwise. Out of attempts, the node's fallback stands in for it, or the
// run fails with a [NodeError]. An error of the infrastructure says nothing about
// the node: the run goes on where its records end.
//
// # Where to run them
//
// Package memory runs a blueprint in one process, and package flowtest does so in
// a test. Package client starts and reads runs of a deployment, to which package
// flowaws connects; package lambdaflow is the worker there. Package engine is for
// hosts of other kinds, package state for other stores and queues.
package flow
