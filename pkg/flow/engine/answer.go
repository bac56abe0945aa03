package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// answer is what a part of a handling comes to: one of the types below.
type answer interface{ isAnswer() }

type (
	// proceed: this task is to be brought to its outcome.
	proceed struct{ task work }

	// leadOnFrom: this is recorded, and what follows from it is to be done.
	leadOnFrom struct {
		record *state.TaskRecord // nil: the run's start
		own    bool              // this handling has just recorded it; else it is replayed
	}

	// acknowledge: the message may be deleted.
	acknowledge struct{}

	// comeBack: the message must come back; err says why, and perhaps when.
	comeBack struct{ err error }

	// reject: the message can never be handled.
	reject struct{ err *flow.RejectError }
)

func (proceed) isAnswer()     {}
func (leadOnFrom) isAnswer()  {}
func (acknowledge) isAnswer() {}
func (comeBack) isAnswer()    {}
func (reject) isAnswer()      {}

// comeBackAt lets a message come back when somebody else's lease has ended.
func comeBackAt(until time.Time) comeBack { return comeBack{&HeldError{Until: until}} }

// rejected is a message that can never be handled, and why.
func rejected(format string, args ...any) *flow.RejectError {
	return &flow.RejectError{Reason: fmt.Sprintf(format, args...)}
}

// over answers a message after its last step: nil acknowledges it.
func over(err error) answer {
	if err == nil {
		return acknowledge{}
	}
	if hopeless, ok := errors.AsType[*flow.RejectError](err); ok {
		return reject{hopeless}
	}
	return comeBack{err}
}

// verdict is the final answer as [Engine.Handle] gives it.
func verdict(a answer) error {
	switch a := a.(type) {
	case comeBack:
		return a.err
	case reject:
		return a.err
	}
	return nil
}
