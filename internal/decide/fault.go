package decide

import (
	"errors"
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Fault is a classified error of an attempt: the part of it that a decision and its record
// need.
type Fault struct {
	flow.Verdict
	Message string
	Causes  []string // the messages of the wrapped errors, outermost first
}

// Bounds of a stored error, in bytes and in causes: it must fit into an item with
// everything else.
const (
	maxMessage = 4096
	maxCauses  = 10
)

// FaultOf classifies an error of node code; it returns nil for nil.
func FaultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	return &Fault{Verdict: flow.VerdictOf(err), Message: err.Error(), Causes: causes(err)}
}

// causes returns the messages of the errors that err wraps, without repetitions.
func causes(err error) (messages []string) {
	last := err.Error()
	for len(messages) < maxCauses {
		err = unwrap(err)
		if err == nil {
			return messages
		}
		if message := err.Error(); message != last {
			last = message
			messages = append(messages, Truncate(message, maxMessage/4))
		}
	}
	return messages
}

// unwrap also follows the first of several joined errors.
func unwrap(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if all := joined.Unwrap(); len(all) > 0 {
			return all[0]
		}
		return nil
	}
	return errors.Unwrap(err)
}

// failure returns the stored form of the fault of a task's attempt.
func (f *Fault) failure(record state.TaskRecord) *flow.Failure {
	return &flow.Failure{
		Code: Truncate(f.Code, flow.MaxIDLength), Message: Truncate(f.Message, maxMessage),
		NodeID: record.Node, Scope: record.Scope, Attempt: record.Failures,
		Cause: f.Causes,
	}
}

// WorkerDied is the fault of a task that was started but never had an outcome.
func WorkerDied(record state.TaskRecord) *Fault {
	return FaultOf(flow.Permanent(flow.WithCode(
		fmt.Errorf("worker died %d times while running %s", max(record.Starts-1, 1), record.Name()), state.CodeWorkerDied)))
}

// InputsTooLarge is the fault of a task whose inputs are not read, because of their size.
func InputsTooLarge(err *state.TooLargeError) *Fault {
	return FaultOf(flow.Permanent(flow.WithCode(fmt.Errorf(
		"its inputs, with all that its expressions and those of its edges name, have %d bytes together: the limit (MaxInput) is %d, so let the nodes before it return less",
		err.Bytes, err.Limit), flow.CodeValueTooLarge)))
}

// Reason truncates the text that a client gives as the reason of its request.
func Reason(text string) string { return Truncate(text, maxMessage) }

// Truncate cuts a text after at most n bytes, between characters.
func Truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
