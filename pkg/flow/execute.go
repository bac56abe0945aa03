package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
)

var errGoexit = errors.New("the node's code ended its goroutine")

// reply is what a node's code came to.
type reply struct {
	output json.RawMessage
	action string
	err    error
}

// execute runs the node's code with the node's timeout. Code that panics has
// failed; code that outlives its timeout is abandoned, and what it writes from
// then on is dropped. The error says nothing of the node: the message was given
// up while the code ran, or the code failed because the store did.
func (h *handling) execute(ctx context.Context, s *step, task *Task) (outcome, error) {
	nodeCtx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	started := h.config.Now()
	replies := make(chan reply, 1)
	go func() {
		r := reply{err: WithCode(errGoexit, CodePanic)} // stands if call never returns
		defer func() { replies <- r }()
		r = call(nodeCtx, s.handler, task)
	}()

	var r reply
	select {
	case r = <-replies:
	case <-nodeCtx.Done():
		r.err = nodeCtx.Err()
	}
	writes := task.context.close()
	switch failure := task.context.failure(); {
	case r.err == nil:
	case ctx.Err() != nil:
		return outcome{}, fmt.Errorf("run %s: node %s was interrupted: %w", task.RunID, task.NodeID, context.Cause(ctx))
	case nodeCtx.Err() != nil:
		r.err = WithCode(fmt.Errorf("timed out after %s: %w", s.timeout, r.err), CodeTimeout)
	case failure != nil:
		return outcome{}, fmt.Errorf("run %s: node %s: %w", task.RunID, task.NodeID, failure)
	}
	return outcome{output: r.output, action: r.action, err: r.err, writes: writes, started: started, finished: h.config.Now()}, nil
}

// call turns a panic into an error, also one of the output's own MarshalJSON.
func call(ctx context.Context, handler Handler, task *Task) (r reply) {
	defer func() {
		if p := recover(); p != nil {
			task.Log.DebugContext(ctx, "panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
			r = reply{err: WithCode(panicked(p), CodePanic)}
		}
	}()
	result, err := handler.Handle(ctx, task)
	if err != nil || result.Output == nil {
		return reply{action: result.Action, err: err}
	}
	output, err := task.encode(ctx, result.Output)
	if err != nil {
		err = Permanent(fmt.Errorf("encode the output: %w", err))
	}
	return reply{output, result.Action, err}
}

// panicked tells a panic in the code's own words; a value of another kind is
// named by its type, since errors are stored and logged.
func panicked(value any) error {
	switch value := value.(type) {
	case error:
		return fmt.Errorf("panic: %w", value)
	case string:
		return errors.New("panic: " + value)
	}
	return fmt.Errorf("panic with a value of the type %T, which the debug log shows", value)
}
