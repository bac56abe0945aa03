package state

import "errors"

// RefusedError says that a queue will never take a message, for what the message
// is: to send it again cannot help.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "refused for good: " + e.Reason }

// ErrConflict: the condition of a write did not hold; nothing was written.
var ErrConflict = errors.New("condition failed")

// Error codes that an engine gives.
const (
	CodeWorkerDied       = "worker_died"       // a task whose starts had no outcome
	CodeHops             = "hops"              // a run of more messages than allowed
	CodeNoImplementation = "no_implementation" // a task whose code no worker has
	CodeRunTimeout       = "run_timeout"       // a run that has not ended within its life
	CodeSendRefused      = "send_refused"      // a run one of whose messages the queue refuses for good
)
