package flow

import (
	"errors"
	"fmt"
)

// ErrNotFound: there is no such run.
var ErrNotFound = errors.New("not found")

// RejectError says that a message can never be handled: a received one belongs in the
// dead-letter queue, and another must not be sent.
type RejectError struct {
	Reason string
}

func (e *RejectError) Error() string { return "rejected: " + e.Reason }

func reject(format string, args ...any) *RejectError {
	return &RejectError{Reason: fmt.Sprintf(format, args...)}
}
