package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/internal/timeout"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// attempt executes one attempt of a claimed task, unless the task has killed too many
// workers already. An attempt without an outcome is the infrastructure's fault, never
// the node's.
func (p *performer) attempt(ctx context.Context, w work, base state.TaskRecord) (decide.Outcome, *unrecorded) {
	session := p.session
	if base.Starts > session.engine.config.MaxStarts { //rule:starts-bounded
		now := session.now()
		return decide.Outcome{Fault: decide.WorkerDied(base), Started: now, Finished: now}, nil
	}
	code := session.program.code[w.Node]
	defer session.turn.share()
	err := session.reader.complete(ctx, w, code.pace.expect(session.engine.config.MaxValue), session.remaining()-code.timeout)
	if large, ok := errors.AsType[*state.TooLargeError](err); ok {
		now := session.now()
		return decide.Outcome{Fault: decide.InputsTooLarge(large), Started: now, Finished: now}, nil
	}
	if err != nil {
		return decide.Outcome{}, &unrecorded{reason: err}
	}
	input, err := decide.InputOf(session.view, w.TaskKey, base.FiredBy)
	if err != nil {
		return decide.Outcome{}, &unrecorded{reason: err}
	}
	values := session.valuesOf(w.TaskKey, code.evaluates)
	task := &flow.Task{
		RunID: session.run.ID, BlueprintID: session.run.BlueprintID, NodeID: w.Node, Scope: w.Scope,
		Attempt: base.Attempt(), Key: session.run.ID + "/" + w.Key(), Input: input,
		Params: session.program.plan.Graph.Node(w.Node).Params,
		Logger: session.teller.logger(w.TaskKey, base.Attempt()), Values: values,
	}
	outcome := decide.Outcome{Started: session.now()}
	working, cancel := p.working(ctx)
	defer cancel()
	r, none := p.invoke(working, w.TaskKey, code.keyed(task, values.env), task, values)
	if none != nil {
		return outcome, none
	}
	outcome.Output, outcome.Action, outcome.Fault = r.output, r.action, decide.FaultOf(r.err)
	outcome.Writes, outcome.Finished = values.written(), session.now()
	code.pace.see(outcome.Size(), outcome.Finished.Sub(outcome.Started))
	session.reader.share.shrink(w.bytes + outcome.Size()) // if it is more than expected, it counts the next time
	return outcome, nil
}

// working returns a context in which to run code, with the run's traceparent: it ends at
// the session's deadline, also where the host gives more time.
func (p *performer) working(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = trace.ContextWith(ctx, p.session.run.Traceparent)
	return timeout.With(ctx, p.session.deadline.Sub(p.session.now()), errTimeUp)
}

// reply is the result of a node's code.
type reply struct {
	output json.RawMessage
	action string
	err    error
}

// invoke runs the node's code with the node's timeout. Code that panics has failed;
// code that exceeds its timeout is abandoned, and its later writes are dropped. An
// attempt without an outcome is no failure of the node: the message was given up while
// the code ran, or the code failed because the store did.
func (p *performer) invoke(ctx context.Context, key state.TaskKey, code nodeCode, task *flow.Task, values *taskValues) (reply, *unrecorded) {
	if ctx.Err() != nil { // no code begins: at-most-once code would count as started
		return reply{}, &unrecorded{reason: fmt.Errorf("run %s: node %s was not begun: %w", task.RunID, task.NodeID, context.Cause(ctx))}
	}
	nodeCtx, cancel := timeout.With(ctx, code.timeout, nil)
	defer cancel()
	attempt, replies := task.Attempt, make(chan reply, 1)
	go func() {
		r := reply{err: flow.WithCode(errGoexit, flow.CodePanic)} // the result if safely never returns
		defer func() { replies <- r }()
		r = p.session.engine.safely(nodeCtx, code.handler, task)
	}()

	var r reply
	ended := true
	select {
	case r = <-replies:
	case <-nodeCtx.Done():
		ended, r.err = false, nodeCtx.Err()
		p.outlived(ctx, key, attempt, replies)
	}
	values.close()
	switch failure := values.failure(); {
	case r.err == nil:
	case ctx.Err() != nil:
		return r, &unrecorded{fmt.Errorf("run %s: node %s was interrupted: %w", task.RunID, task.NodeID, context.Cause(ctx)), true, ended}
	case nodeCtx.Err() != nil:
		r.err = flow.WithCode(fmt.Errorf("timed out after %s: %w", code.timeout, r.err), flow.CodeTimeout)
	case failure != nil:
		return r, &unrecorded{fmt.Errorf("run %s: node %s: %w", task.RunID, task.NodeID, failure), true, ended}
	}
	return r, nil
}

// safely turns a panic into an error, also one of the output's own MarshalJSON, and of
// the methods of the code's error.
func (e *Engine) safely(ctx context.Context, handler flow.Handler, task *flow.Task) (r reply) {
	defer func() {
		if p := recover(); p != nil {
			r = reply{err: flow.WithCode(panicked(p), flow.CodePanic)}
			task.Log().DebugContext(ctx, "panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	result, err := handler.Handle(ctx, task)
	if err != nil {
		decide.FaultOf(err) // a panic of its methods must not come later
	}
	if err != nil || result.Output == nil {
		return reply{action: result.Action, err: err}
	}
	output, err := e.encode(ctx, result.Output)
	if err != nil {
		task.Log().DebugContext(ctx, "value not encoded", keyError, err.Error())
		err = flow.Permanent(fmt.Errorf("encode the output: %s", rawjson.EncodeFault(err)))
	}
	return reply{output, result.Action, err}
}

// encode encodes an output. Large ones take several times their size meanwhile, so it waits
// for its turn, but not for long: a MarshalJSON of another output may not return.
func (e *Engine) encode(ctx context.Context, output any) (json.RawMessage, error) {
	defer e.encoders.Take(ctx)()
	return rawjson.Encode(output)
}
