package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// The keys of log lines.
const (
	keyRunID       = "run_id"
	keyBlueprintID = "blueprint_id"
	keyNodeID      = "node_id"
	keyScope       = "scope"
	keyAttempt     = "attempt"
	keyDuration    = "duration_ms"
	keyError       = "error"
	keyReason      = "reason"
	keyTraceID     = "trace_id"
)

// teller reports the events of a session's run.
type teller struct{ session *session }

// tell logs an event of the run, and passes it to Config.Events.
func (t *teller) tell(ctx context.Context, event flow.Event) {
	event.RunID, event.BlueprintID, event.TraceID = t.session.run.ID, t.session.run.BlueprintID, trace.ID(t.session.run.Traceparent)
	t.session.engine.tell(ctx, event)
}

// tell logs an event that names its run, and passes it to Config.Events.
func (e *Engine) tell(ctx context.Context, event flow.Event) {
	e.config.Events(event)
	level := levelOf(event.Kind)
	if e.config.Logger.Enabled(ctx, level) {
		e.config.Logger.LogAttrs(ctx, level, string(event.Kind), attrsOf(event)...)
	}
}

// outcome reports the outcome of a task.
func (t *teller) outcome(ctx context.Context, record state.TaskRecord, d time.Duration) {
	event := flow.Event{Kind: flow.NodeFinished, NodeID: record.Node, Scope: record.Scope, Attempt: record.Attempt(), Duration: d}
	if record.Error != nil {
		event.Err = record.Error.Err(record.RunID)
	}
	switch record.State {
	case flow.TaskRetrying:
		event.Kind = flow.NodeRetrying
	case flow.TaskFailed:
		event.Kind = flow.NodeFailed
	}
	t.tell(ctx, event)
	if reason := decide.Unmatched(t.session.view.Plan.Graph, record); reason != "" {
		t.tell(ctx, flow.Event{Kind: NoEdgeTaken, NodeID: record.Node, Scope: record.Scope, Reason: reason})
	}
}

// NoEdgeTaken is the event of a node whose result takes none of its edges: its branch ends
// there, with the reason. It comes after [flow.NodeFinished].
const NoEdgeTaken flow.EventKind = "no edge taken"

// duplicate reports that the message's work was recorded before.
func (t *teller) duplicate(ctx context.Context, task state.TaskKey, reason string) {
	t.tell(ctx, flow.Event{Kind: flow.DuplicateMessage, NodeID: task.Node, Scope: task.Scope, Reason: reason})
}

// logger returns the logger of a task's code.
func (t *teller) logger(task state.TaskKey, attempt int) *slog.Logger {
	log := t.session.engine.config.Logger.With(keyRunID, t.session.run.ID, keyBlueprintID, t.session.run.BlueprintID, keyNodeID, task.Node, keyAttempt, attempt)
	if task.Scope != "" {
		log = log.With(keyScope, task.Scope)
	}
	if t.session.run.Traceparent != "" {
		log = log.With(traced(t.session.run.Traceparent))
	}
	return log
}

// traced returns the attribute of a trace's id; an empty one, which is not logged, if there
// is none.
func traced(traceparent string) slog.Attr {
	id := trace.ID(traceparent)
	if id == "" {
		return slog.Attr{}
	}
	return slog.String(keyTraceID, id)
}

func levelOf(kind flow.EventKind) slog.Level {
	switch kind {
	case flow.NodeSkipped, flow.DuplicateMessage:
		return slog.LevelDebug
	case flow.NodeRetrying, NoEdgeTaken, flow.StartIgnored, flow.RunRescued, flow.CodeMissing, flow.CodeStillRunning, flow.MessageSentAgain:
		return slog.LevelWarn
	case flow.NodeFailed, flow.RunFailed:
		return slog.LevelError
	}
	return slog.LevelInfo
}

func attrsOf(e flow.Event) []slog.Attr {
	attrs := []slog.Attr{slog.String(keyRunID, e.RunID), slog.String(keyBlueprintID, e.BlueprintID)}
	if e.NodeID != "" {
		attrs = append(attrs, slog.String(keyNodeID, e.NodeID))
	}
	if e.Scope != "" {
		attrs = append(attrs, slog.String(keyScope, e.Scope))
	}
	if e.Attempt > 0 {
		attrs = append(attrs, slog.Int(keyAttempt, e.Attempt))
	}
	if e.Kind == flow.NodeFinished || e.Kind == flow.NodeRetrying || e.Kind == flow.NodeFailed {
		attrs = append(attrs, slog.Int64(keyDuration, e.Duration.Milliseconds()))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String(keyError, e.Err.Error()))
	}
	if e.Reason != "" {
		attrs = append(attrs, slog.String(keyReason, e.Reason))
	}
	if e.TraceID != "" {
		attrs = append(attrs, slog.String(keyTraceID, e.TraceID))
	}
	return attrs
}
