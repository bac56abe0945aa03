package engine

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// answer is the result of a part of a handling: one of the types below.
type answer interface{ isAnswer() }

type (
	// proceed brings a task to its outcome.
	proceed struct{ task work }

	// leadOnFrom does everything that follows from a record.
	leadOnFrom struct {
		record *state.TaskRecord // nil: the run's start
		own    bool              // this handling has just recorded it; else it is replayed
	}

	// acknowledge lets the message be deleted.
	acknowledge struct{}

	// comeBack returns the message to the queue; err holds the reason, and perhaps the
	// time.
	comeBack struct{ err error }

	// reject marks a message that can never be handled.
	reject struct{ err *flow.RejectError }
)

func (proceed) isAnswer()     {}
func (leadOnFrom) isAnswer()  {}
func (acknowledge) isAnswer() {}
func (comeBack) isAnswer()    {}
func (reject) isAnswer()      {}

// comeBackAt lets a message come back when another owner's lease ends.
func comeBackAt(until time.Time) comeBack { return comeBack{&HeldError{Until: until}} }

// rejected returns the reason why a message can never be handled.
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

// verdict returns the final answer in the form that [Engine.Handle] returns.
func verdict(a answer) error {
	switch a := a.(type) {
	case comeBack:
		return a.err
	case reject:
		return a.err
	}
	return nil
}

// answers are those of the strands of one handling.
type answers struct {
	mu    sync.Mutex
	first answer // that does not acknowledge the message
}

// note notes the answer of one strand.
func (a *answers) note(one answer) {
	if _, ok := one.(acknowledge); ok {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.first == nil {
		a.first = one
	}
}

// all returns the answer of all strands: the message is acknowledged only if each does.
func (a *answers) all() answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.first != nil { //rule:returned-strand-returns-message = false
		return a.first
	}
	return acknowledge{}
}
