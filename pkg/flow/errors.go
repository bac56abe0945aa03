package flow

import (
	"errors"
	"fmt"
	"time"
)

// The states a store can report.
var (
	// ErrConflict: the condition of a write did not hold; nothing was written.
	ErrConflict = errors.New("condition failed")
	// ErrNotFound: there is no such run or item.
	ErrNotFound = errors.New("not found")
)

// ErrNoTime says that a message was not begun, since too little time is left for
// it: it is to come back at once, to an invocation with more.
var ErrNoTime = errors.New("too little time is left: the message comes back")

// Error codes of nodes, beside those that node code gives.
const (
	CodeError            = "error"
	CodeTimeout          = "timeout"
	CodePanic            = "panic"
	CodeInput            = "input"
	CodeExpression       = "expression"
	CodeValueTooLarge    = "value_too_large"
	CodeWorkerDied       = "worker_died"
	CodeHops             = "hops"
	CodeNoImplementation = "no_implementation"
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

// HeldError says that a message must not be handled before Until, because
// somebody else holds the lease.
type HeldError struct {
	Until time.Time
}

func (e *HeldError) Error() string { return "held until " + e.Until.UTC().Format(time.RFC3339) }

// RejectError says that a message can never be handled.
type RejectError struct {
	Reason string
}

func (e *RejectError) Error() string { return "rejected: " + e.Reason }
