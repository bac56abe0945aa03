// Package flow is the vocabulary of workflow authors. It reads and validates
// Flowcraft's JSON blueprints and defines the types of node code. The engine executes
// every node at least once, and commits its outcome exactly once.
//
// # Blueprints and runs
//
// A [Blueprint] is a graph of nodes and edges, as data: [ParseBlueprint] and
// [LoadBlueprints] read it, [Validate] reports all its faults at once. A run executes
// one, from an input to the outputs of its nodes. A task is one execution of a node
// in a run, in as many attempts as its [NodeConfig] allows.
//
// # Node code
//
// A node names its code by the word in its "uses": one of the built-in nodes, or an
// entry of a [Registry]. [Func] makes such an entry of a function from an input to an
// output, [TaskFunc] of a function that needs its [Task] or chooses an action, and
// [FromParams] of one that reads the params of each node. A [Middleware] wraps them
// all.
//
// Code may be called again for the same task after a crash. Its requests to other
// systems should carry [Task].Key as an idempotency key: it is the same for every
// call.
//
// # Ways through a blueprint
//
// A finished node resolves its edges: some are taken, the others are dead, and so is
// everything that is reached only through them. A node with several predecessors
// waits for all of them, or for the first taken edge, as its [JoinStrategy] says. The
// run has ended when all its ends are resolved: its sinks, and the edges into "any"
// joins.
//
// # Failures
//
// An error of node code is an outcome: it is recorded, and the node is retried as its
// configuration says, unless [Permanent], [RetryAfter] or [WithCode] say otherwise.
// After the last attempt the node's fallback runs instead, or the run fails with a
// [NodeError]. An error of the infrastructure is not the node's: the run continues
// from its records.
//
// # Running blueprints
//
// Package memory runs a blueprint in one process, and package flowtest does so in a
// test. Package client starts and reads runs of a deployment, to which package
// flowaws connects; package lambdaflow is its worker. Package engine is for other
// hosts, package state for other stores and queues.
package flow
