package main

import (
	"context"
	"errors"

	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// traced is the option that makes a run a part of a trace.
type traced struct {
	Traceparent string `placeholder:"00-TRACE-PARENT-FLAGS" help:"The traceparent (W3C Trace Context) of the trace that the run is a part of."`
}

// context returns a context with the traceparent. A worker ignores an invalid one;
// on the command line it is an error.
func (t traced) context(ctx context.Context) (context.Context, error) {
	if _, ok := trace.Parse(t.Traceparent); t.Traceparent != "" && !ok {
		return ctx, usageError{errors.New("--traceparent is none: it must be as in 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}
	}
	return trace.ContextWith(ctx, t.Traceparent), nil
}
