// Package trace carries the traceparent of W3C Trace Context through a run: from the
// context of a start's caller to the contexts in which the code of the run's nodes runs.
// It needs no tracing library, and works beside any.
package trace
