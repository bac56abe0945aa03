// Package fault is the one vocabulary of faults: their kinds, and the names of the
// requests that they hit.
//
// Every request of an engine to its store and its queue has a name that people
// read: "create run", "load", "claim b", "commit b done", "arrive at j", "arrive
// at the end", "finish run completed", "send 2 messages". A fault is planned by
// that name, in a sentence: "lose the answer of commit b", "crash after the 2nd
// load" (see [Parse]). A walk over all requests plans each by its number instead,
// and reports the name of the request that was hit.
//
// An [Injector] stands between an engine and its store and queue, and carries
// such plans out. The simulation and the network of internal/wire carry them out
// in ways of their own, in the same words.
package fault
