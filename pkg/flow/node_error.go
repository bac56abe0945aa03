package flow

import (
	"errors"
	"fmt"
	"time"
)

// Error codes of attempts, beside those of node code. The engine's own codes are in
// package state.
const (
	CodeError         = "error"
	CodeTimeout       = "timeout"
	CodePanic         = "panic"
	CodeInput         = "input"
	CodeExpression    = "expression"
	CodeValueTooLarge = "value_too_large"
)

// NodeError is the failure of one node of a run.
type NodeError struct {
	RunID   string
	NodeID  string
	Scope   string
	Attempt int
	Code    string
	Err     error
}

func (e *NodeError) Error() string {
	node := e.NodeID
	if e.Scope != "" {
		node += "@" + e.Scope
	}
	return fmt.Sprintf("run %s: node %s: attempt %d: %s: %v", e.RunID, node, e.Attempt, e.Code, e.Err)
}

func (e *NodeError) Unwrap() error { return e.Err }

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

// Permanent marks an error that no further attempt can fix: the node gets no more
// attempts. A nil error stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// RetryAfter marks an error whose next attempt, if one is left, comes after d instead
// of the configured delay. A nil error stays nil.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return &retryAfterError{err, d}
}

// WithCode sets the code of an error, for retryOn, the run's error and _catch_error.
// A nil error stays nil.
func WithCode(err error, code string) error {
	if err == nil {
		return nil
	}
	return &codeError{err, code}
}

// Verdict holds the error code and the retry that an error of node code asks for.
type Verdict struct {
	Code       string         // CodeError where it has none
	Permanent  bool           // no further attempt
	RetryAfter *time.Duration // the wait before the next attempt; nil: as configured
}

// String returns the code, and the retry that is set beside it.
func (v Verdict) String() string {
	text := v.Code
	if v.Permanent {
		text += ", permanent"
	}
	if v.RetryAfter != nil {
		text += fmt.Sprintf(", retry after %s", *v.RetryAfter)
	}
	return text
}

// VerdictOf returns the settings of [Permanent], [RetryAfter] and [WithCode] in an
// error; of several of a kind the outermost counts.
func VerdictOf(err error) Verdict {
	v := Verdict{Code: CodeError}
	if e, ok := errors.AsType[*codeError](err); ok && e.code != "" {
		v.Code = e.code
	}
	_, v.Permanent = errors.AsType[*permanentError](err)
	if e, ok := errors.AsType[*retryAfterError](err); ok {
		v.RetryAfter = new(max(e.after, 0))
	}
	return v
}
