// Package engine runs blueprints: it handles the messages of a queue over a
// store, at least once per node, and commits every node exactly once.
//
// # The three nouns
//
// A delivery is one message while it is handled: it knows the queue. A session
// is one run as a delivery, or a rescue, sees it: it knows the store. A strand
// is a chain of tasks that a session performs, each brought to its recorded
// outcome and led on from. Each part of a handling comes to an answer, one of a
// small closed set: go on with a task, lead on from a record, acknowledge the
// message, let it come back, or reject it.
//
// # Decide, commit, send
//
// [Engine.Handle] handles one message. It claims the message's task, which
// gives it a lease; executes the node's code; decides, in a pure function, what
// the outcome leads to; commits outcome, decided edges and context writes in
// one conditional write; and only then sends the messages that follow. Of the
// tasks that became ready, one goes on here at once, without a message and
// without a claim of its own: the lease of the message's first task covers the
// chain. The message is acknowledged when the chain has ended or was handed on.
//
// A message that comes again finds the records. A live lease sends it back; a
// recorded outcome is never decided anew, but replayed: its successors are
// looked up, and those that nobody answers for are sent.
//
// # The reconciler
//
// A [Reconciler] finds runs that nobody works on, judges them by recorded
// decisions alone, and sends again the messages that should be in flight. It
// decides nothing and executes nothing.
package engine
