package state

import "errors"

// ErrConflict: the condition of a write did not hold; nothing was written.
var ErrConflict = errors.New("condition failed")

// Error codes that an engine gives.
const (
	CodeWorkerDied       = "worker_died"       // a task whose starts had no outcome
	CodeHops             = "hops"              // a run of more messages than allowed
	CodeNoImplementation = "no_implementation" // a task whose code no worker has
)
