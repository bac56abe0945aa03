package flow

import (
	"context"
	"fmt"
	"reflect"
)

// Handler is the code of a node. Handle may be called more than once for the same
// task, never by two workers at a time; Task.Key is the same for all calls. It is called
// for several tasks at the same time, also of one run. It must return when ctx is done: after that its result and its context writes are dropped.
// Its errors are stored and logged unchanged: they should name the fault, and not
// quote values.
type Handler interface {
	Handle(ctx context.Context, task *Task) (Result, error)
}

// HandlerFunc makes a function a [Handler].
type HandlerFunc func(ctx context.Context, task *Task) (Result, error)

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, task *Task) (Result, error) { return f(ctx, task) }

// Middleware wraps every node's code; the first one is outermost.
type Middleware func(Handler) Handler

// Result is the return value of a node's code. A nil Output means no output, which is
// not the same as null: the node is done, and its edges carry null.
type Result struct {
	Output any
	Action string
}

// String returns the type of the output, without its value, and the action.
func (r Result) String() string {
	text := "no output"
	if r.Output != nil {
		text = fmt.Sprintf("output of type %T", r.Output)
	}
	if r.Action != "" {
		text += fmt.Sprintf(", action %q", r.Action)
	}
	return text
}

// Func makes a typed function a [Handler]. The node's input is decoded into In; an
// input that does not decode fails the node permanently with code "input".
func Func[In, Out any](f func(context.Context, In) (Out, error)) Handler {
	return HandlerFunc(func(ctx context.Context, task *Task) (Result, error) {
		in, err := decodeInput[In](ctx, task)
		if err != nil {
			return Result{}, err
		}
		out, err := f(ContextWithTask(ctx, task), in)
		if err != nil {
			return Result{}, err
		}
		return Result{Output: out}, nil
	})
}

// TaskFunc is [Func] for code that needs the task or chooses an action.
func TaskFunc[In any](f func(context.Context, *Task, In) (Result, error)) Handler {
	return HandlerFunc(func(ctx context.Context, task *Task) (Result, error) {
		in, err := decodeInput[In](ctx, task)
		if err != nil {
			return Result{}, err
		}
		return f(ContextWithTask(ctx, task), task, in)
	})
}

func decodeInput[In any](ctx context.Context, task *Task) (in In, err error) {
	if len(task.Input) == 0 {
		return in, nil
	}
	if err := task.decode(ctx, task.Input, &in); err != nil {
		return in, Permanent(WithCode(fmt.Errorf("decode the input as %s: %w", reflect.TypeFor[In](), err), CodeInput))
	}
	return in, nil
}
