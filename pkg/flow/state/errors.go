package state

import (
	"errors"
	"fmt"
)

// RefusedError says that a queue will never accept a message because of its
// content: sending it again cannot help.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "refused for good: " + e.Reason }

// ErrConflict says that the condition of a write did not hold; nothing was written.
var ErrConflict = errors.New("condition failed")

// TooLargeError says that values were not read, because together they exceed the
// limit of the reader.
type TooLargeError struct{ Bytes, Limit int }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the values have %d bytes together: the limit is %d", e.Bytes, e.Limit)
}

// DamagedError says that a stored item does not decode: nothing in it must be guessed,
// and reading it again cannot help.
type DamagedError struct{ Item, Reason string }

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the stored %s is damaged: %s; was it changed by hand?", e.Item, e.Reason)
}

// Error codes set by an engine.
const (
	CodeWorkerDied       = "worker_died"       // a task that was started but never had an outcome
	CodeHops             = "hops"              // a run with more messages than allowed
	CodeNoMatch          = "no_match"          // a result that takes no edge, of a node that must
	CodeNoImplementation = "no_implementation" // a task that no worker implements
	CodeRunTimeout       = "run_timeout"       // a run that has not ended within its maximum duration
	CodeDamaged          = "damaged"           // a run one of whose stored items does not decode
	CodeSendRefused      = "send_refused"      // a run one of whose messages the queue refuses permanently
)
