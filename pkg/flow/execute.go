package flow

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

var errGoexit = errors.New("the node's code ended its goroutine")

// reply is what a node's code came to.
type reply struct {
	result Result
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
		return outcome{}, fmt.Errorf("run %s: node %s was interrupted: %w", task.RunID, task.NodeID, ctx.Err())
	case nodeCtx.Err() != nil:
		r.err = WithCode(fmt.Errorf("timed out after %s: %w", s.timeout, r.err), CodeTimeout)
	case failure != nil:
		return outcome{}, fmt.Errorf("run %s: node %s: %w", task.RunID, task.NodeID, failure)
	}
	o := outcome{action: r.result.Action, err: r.err, writes: writes, started: started, finished: h.config.Now()}
	if o.err == nil && r.result.Output != nil {
		o.output, o.err = encodeValue(r.result.Output)
		if o.err != nil {
			o.err = Permanent(fmt.Errorf("encode the output: %w", o.err))
		}
	}
	return o, nil
}

// call turns a panic into an error.
func call(ctx context.Context, handler Handler, task *Task) (r reply) {
	defer func() {
		if p := recover(); p != nil {
			task.Log.DebugContext(ctx, "panic", "stack", string(debug.Stack()))
			r = reply{err: WithCode(fmt.Errorf("panic: %v", p), CodePanic)}
		}
	}()
	r.result, r.err = handler.Handle(ctx, task)
	return r
}
