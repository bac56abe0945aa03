package dynamo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// conflictError is a condition that did not hold, with the stored item (nil: none).
// It is [state.ErrConflict].
type conflictError struct{ stored item }

func (e *conflictError) Error() string        { return state.ErrConflict.Error() }
func (e *conflictError) Is(target error) bool { return target == state.ErrConflict }

// againError is a refusal unrelated to the condition, and temporary.
type againError struct{ err error }

func (e *againError) Error() string { return e.err.Error() }
func (e *againError) Unwrap() error { return e.err }

// translate turns an SDK error into one of this package; an error that is neither a
// conflict nor worth another try is returned unchanged.
func translate(err error) error {
	if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return &conflictError{failed.Item}
	}
	if _, ok := errors.AsType[*types.TransactionConflictException](err); ok { // of others: the engine makes none
		return &againError{err}
	}
	if _, ok := errors.AsType[*types.ReplicatedWriteConflictException](err); ok {
		return &againError{err}
	}
	if _, ok := errors.AsType[*types.InternalServerError](err); ok {
		return &againError{err}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || // the answer broke off
		transient.IsErrorRetryable(err) { // throttled, 5xx, no answer
		return &againError{withReasons(err)}
	}
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return fmt.Errorf("%w (is the stack deployed, and are the names of its tables in the environment?)", err)
	}
	return err
}

// transient recognizes the errors that the SDK's own retryer tries again, and gives up
// on after an attempt or two.
var transient = retry.NewStandard()

type patienceKey struct{}

// patient returns a context until whose deadline refused requests are repeated: for
// writes that record finished work.
func patient(ctx context.Context) context.Context {
	if _, ok := ctx.Deadline(); !ok {
		return ctx
	}
	return context.WithValue(ctx, patienceKey{}, true)
}

func isPatient(ctx context.Context) bool { return ctx.Value(patienceKey{}) != nil }

// The tries of one request, unless it is patient, and the pause after the first. A try
// may have taken seconds: after repeating there is no further one, so that requests that
// nobody answers leave the message its time.
const (
	tries     = 8
	repeating = 10 * time.Second
	basePause = 20 * time.Millisecond
	maxPause  = time.Second
)
