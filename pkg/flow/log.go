package flow

import (
	"context"
	"log/slog"
	"time"
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
)

// emit logs an event of the handling's run, and tells it to Config.Events.
func (h *handling) emit(ctx context.Context, event Event) {
	event.RunID, event.BlueprintID = h.run.ID, h.run.BlueprintID
	h.config.Events(event)
	level := event.level()
	if h.config.Logger.Enabled(ctx, level) {
		h.config.Logger.LogAttrs(ctx, level, string(event.Kind), event.attrs()...)
	}
}

// emitOutcome tells what became of a task.
func (h *handling) emitOutcome(ctx context.Context, t TaskRecord, d time.Duration) {
	event := Event{Kind: NodeFinished, NodeID: t.Node, Scope: t.Scope, Attempt: t.Attempt(), Duration: d}
	if t.Error != nil {
		event.Err = t.Error.Err(t.RunID)
	}
	switch t.State {
	case TaskRetrying:
		event.Kind = NodeRetrying
	case TaskFailed:
		event.Kind = NodeFailed
	}
	h.emit(ctx, event)
}

// emitDuplicate tells that the message's work was recorded before.
func (h *handling) emitDuplicate(ctx context.Context, task TaskKey, reason string) {
	h.emit(ctx, Event{Kind: DuplicateMessage, NodeID: task.Node, Scope: task.Scope, Reason: reason})
}

func (e Event) level() slog.Level {
	switch e.Kind {
	case NodeSkipped, DuplicateMessage:
		return slog.LevelDebug
	case NodeRetrying, StartIgnored, MessageRejected, RunRescued:
		return slog.LevelWarn
	case NodeFailed, RunFailed:
		return slog.LevelError
	}
	return slog.LevelInfo
}

func (e Event) attrs() []slog.Attr {
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
	if e.Kind == NodeFinished || e.Kind == NodeRetrying || e.Kind == NodeFailed {
		attrs = append(attrs, slog.Int64(keyDuration, e.Duration.Milliseconds()))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String(keyError, e.Err.Error()))
	}
	if e.Reason != "" {
		attrs = append(attrs, slog.String(keyReason, e.Reason))
	}
	return attrs
}

// logger is the logger of a task's code.
func (h *handling) logger(task TaskKey, attempt int) *slog.Logger {
	log := h.config.Logger.With(keyRunID, h.run.ID, keyBlueprintID, h.run.BlueprintID, keyNodeID, task.Node, keyAttempt, attempt)
	if task.Scope != "" {
		log = log.With(keyScope, task.Scope)
	}
	return log
}
