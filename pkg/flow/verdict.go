package flow

import (
	"errors"
	"time"
)

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

type retryAfterError struct {
	err   error
	after time.Duration
}

func (e *retryAfterError) Error() string { return e.err.Error() }
func (e *retryAfterError) Unwrap() error { return e.err }

type codeError struct {
	err  error
	code string
}

func (e *codeError) Error() string { return e.err.Error() }
func (e *codeError) Unwrap() error { return e.err }

// Permanent marks an error that no further attempt can mend: the node is out
// of attempts at once. A nil error stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// RetryAfter marks an error whose next attempt, if there is one left, comes
// after d instead of the configured delay. A nil error stays nil.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return &retryAfterError{err, d}
}

// WithCode gives an error the code that retryOn, the run's error and
// _catch_error show. A nil error stays nil.
func WithCode(err error, code string) error {
	if err == nil {
		return nil
	}
	return &codeError{err, code}
}

func isPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

func retryAfter(err error) (time.Duration, bool) {
	e, ok := errors.AsType[*retryAfterError](err)
	if !ok {
		return 0, false
	}
	return max(e.after, 0), true
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*codeError](err); ok && e.code != "" {
		return e.code
	}
	return CodeError
}
