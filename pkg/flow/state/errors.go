package state

import "errors"

// RefusedError says that a queue will never accept a message because of its
// content: sending it again cannot help.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "refused for good: " + e.Reason }

// ErrConflict says that the condition of a write did not hold; nothing was written.
var ErrConflict = errors.New("condition failed")

// Error codes set by an engine.
const (
	CodeWorkerDied       = "worker_died"       // a task that was started but never had an outcome
	CodeHops             = "hops"              // a run with more messages than allowed
	CodeNoImplementation = "no_implementation" // a task that no worker implements
	CodeRunTimeout       = "run_timeout"       // a run that has not ended within its maximum duration
	CodeSendRefused      = "send_refused"      // a run one of whose messages the queue refuses permanently
)
