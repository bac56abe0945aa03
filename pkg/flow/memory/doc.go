// Package memory keeps runs and messages in this process: a [state.Store] and a
// [state.Queue] with the guarantees of their durable counterparts, at-least-once
// delivery included. It serves examples, tests and the command line; its contents
// end with the process.
package memory
