package localstack

import (
	"cmp"
	"errors"
	"fmt"
)

// Types of a [FunctionError], as Lambda names them. A function may report others.
const (
	TypeTimeout = "Sandbox.Timedout"  // the function outlived its timeout and was killed
	TypeExit    = "Runtime.ExitError" // its process ended during the invocation
	TypeInit    = "Runtime.InitError" // its process was never ready for an invocation
	typeUnknown = "Runtime.Unknown"   // the function reported an error without a type
)

// FunctionError is an invocation that failed, or a sandbox that did not start.
type FunctionError struct {
	Function  string
	RequestID string // "" when there was no invocation
	Type      string
	Message   string
}

func (e *FunctionError) Error() string {
	where := e.Function
	if e.RequestID != "" {
		where += ": request " + e.RequestID
	}
	return fmt.Sprintf("function %s: %s: %s", where, cmp.Or(e.Type, typeUnknown), e.Message)
}

// errStopped: the function was stopped before or while it handled the invocation.
var errStopped = errors.New("the function is being stopped")

// errGone: the sandbox ended before it took the invocation.
var errGone = errors.New("the sandbox ended before it took the invocation")
