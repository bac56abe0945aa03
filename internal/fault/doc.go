// Package fault is the shared vocabulary of faults: their kinds, and the names of
// the requests that they hit.
//
// Every request of an engine to its store and its queue has a readable name:
// "create run", "load", "claim b", "commit b done", "arrive at j", "arrive at the
// end", "finish run completed", "send 2 messages". A fault is planned by that name,
// in a sentence: "lose the answer of commit b", "crash after the 2nd load" (see
// [Parse]). A walk over all requests plans each by its number instead, and reports
// the name of the request that was hit.
//
// An [Injector] is between an engine and its store and queue, and executes such
// plans. The simulation and the network of internal/wire execute them in their own
// ways, in the same words.
package fault
