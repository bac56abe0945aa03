package lambdaflow

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// NewLogger returns the logger of the functions: one JSON object a line, with the
// request_id of the context's invocation. The time has the key timestamp, as in the
// lines of Lambda itself, which filters only such lines by level.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(requestHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: timestamp})})
}

// timestamp renames the time of a line, and nothing that code logs.
func timestamp(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		a.Key = "timestamp"
	}
	return a
}

// requestHandler adds the request id.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := requestID(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// requestID returns that of the context's invocation, "" if there is none.
func requestID(ctx context.Context) string {
	invocation, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return ""
	}
	return invocation.AwsRequestID
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

// log writes the reason for which a record comes back. The body is never shown.
func (w *WorkerHandler) log(ctx context.Context, m state.Message, err error) {
	if err == nil {
		return
	}
	log := w.config.Logger.With(append(names(m), "message_id", m.ID, "receives", m.Receives)...)
	if first := m.OriginalID(); first != m.ID {
		log = log.With("first_message_id", first)
	}
	if rejected, ok := errors.AsType[*flow.RejectError](err); ok {
		log.WarnContext(ctx, MessageRejected, "reason", rejected.Reason)
		return
	}
	if panicked, ok := errors.AsType[*panicError](err); ok {
		log.ErrorContext(ctx, messageReturned, "error", err.Error(), "stack", string(panicked.stack))
		return
	}
	level := slog.LevelWarn
	if _, held := errors.AsType[*engine.HeldError](err); held || errors.Is(err, engine.ErrNoTime) {
		level = slog.LevelDebug // part of normal operation
	}
	log.Log(ctx, level, messageReturned, "error", err.Error())
}

// The messages of the log lines of records that are not acknowledged.
const (
	// MessageRejected: it can never be handled, and goes to the dead-letter queue.
	MessageRejected = "message rejected"
	messageReturned = "message returned"
)

// names returns the run, the blueprint and the node of a message, as far as it names
// them: a start without a run id uses its message's id.
func names(m state.Message) []any {
	body, err := flow.ParseMessage(m.Body)
	if err != nil {
		return nil
	}
	if body.Type == flow.TypeStart && body.RunID == "" {
		body.RunID = m.OriginalID()
	}
	var attrs []any
	for _, name := range []struct{ key, value string }{
		{"run_id", body.RunID}, {"blueprint_id", body.BlueprintID}, {"node_id", body.NodeID}, {"scope", body.Scope},
		{"trace_id", trace.ID(m.Traceparent(body))},
	} {
		if name.value != "" {
			attrs = append(attrs, name.key, name.value)
		}
	}
	return attrs
}
