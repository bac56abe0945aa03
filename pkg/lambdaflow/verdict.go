package lambdaflow

import (
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// verdict says whether a record is acknowledged, or when it comes back. The zero
// value is that of a record whose handling did not end: it comes back at once.
type verdict struct {
	acknowledged bool
	expected     bool          // it comes back in the course of normal operation, or has been rejected
	after        time.Duration // until it comes back
}

// panicError is a panic of the handler itself; the engine catches those of node code.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// judge turns the error of [Handler] into a verdict. A rejected message comes back at
// once, so that the queue's redrive policy takes it within seconds; a held one when
// its lease has ended, and up to a second later, so that not all come at once.
// Neither is a fault, nor is a lack of time.
func judge(err error, m state.Message, now time.Time, jitter float64) verdict {
	if err == nil {
		return verdict{acknowledged: true}
	}
	if _, ok := errors.AsType[*flow.RejectError](err); ok {
		return verdict{expected: true}
	}
	if held, ok := errors.AsType[*engine.HeldError](err); ok {
		left := held.Until.Sub(now) + time.Duration(jitter*float64(time.Second))
		return verdict{expected: true, after: min(max(left, time.Second), sqsqueue.MaxVisibility)}
	}
	if errors.Is(err, engine.ErrNoTime) {
		return verdict{expected: true, after: time.Second}
	}
	return verdict{after: sqsqueue.Backoff(m.Receives+m.Returns(), jitter)}
}

// returned counts the records that come back because of an error.
func returned(verdicts []verdict) (n int) {
	for _, v := range verdicts {
		if !v.acknowledged && !v.expected {
			n++
		}
	}
	return n
}
