// Package engine runs blueprints: it handles the messages of a queue over a store, at
// least once per node, and commits every node exactly once.
//
// # The three nouns
//
// A delivery is one message while it is handled: it knows the queue. A session is one
// run as a delivery, or a rescue, sees it: it knows the store. A strand is a chain of
// tasks that a session performs: each is brought to its recorded outcome, which leads
// on to the next. Each part of a handling returns an answer, one of a small closed
// set: go on with a task, lead on from a record, acknowledge the message, let it come
// back, or reject it.
//
// # Decide, commit, send
//
// [Engine.Handle] handles one message. It claims the message's task, which takes a
// lease; executes the node's code; decides the outcome's consequences in a pure
// function; commits the outcome, the decided edges and the context writes in one
// conditional write; and only then sends the messages that follow. One of the tasks
// that became ready goes on here at once, without a message and without a claim of its
// own: the lease of the message's first task covers the chain. The message is
// acknowledged when the chain has ended or was handed over to other messages.
//
// A redelivered message finds the records. A live lease sends it back. A recorded
// outcome is never decided again, but replayed: its successors are read, and those
// without a message of their own are sent.
//
// # The reconciler
//
// A [Reconciler] finds runs that no worker is working on, diagnoses them from recorded
// decisions alone, and sends again the messages that should be in flight. It decides
// nothing and executes nothing.
package engine
