package flowtest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// story keeps the log of a run in readable form: its events, the log lines of node
// code, and the stacks of panics.
type story struct {
	mu    sync.Mutex
	lines []string
}

func (s *story) logger() *slog.Logger { return slog.New(storyHandler{story: s}) }

func (s *story) line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, "  "+strings.ReplaceAll(text, "\n", "\n    "))
}

func (s *story) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

type storyHandler struct {
	story *story
	attrs []slog.Attr
}

// Enabled implements [slog.Handler].
func (storyHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements [slog.Handler].
func (h storyHandler) Handle(_ context.Context, r slog.Record) error {
	attrs := slices.Clone(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	slices.SortStableFunc(attrs, func(a, b slog.Attr) int { return cmp.Compare(rank(a.Key), rank(b.Key)) })
	var text strings.Builder
	text.WriteString(r.Message)
	for _, a := range attrs {
		text.WriteString(attrText(a))
	}
	h.story.line(text.String())
	return nil
}

// WithAttrs implements [slog.Handler].
func (h storyHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.attrs = slices.Concat(h.attrs, attrs)
	return h
}

// WithGroup implements [slog.Handler].
func (h storyHandler) WithGroup(string) slog.Handler { return h }

// rank returns the position of an attribute in its line.
func rank(key string) int {
	order := []string{"node_id", "scope", "attempt", "error", "reason", "others", "stack"}
	if i := slices.Index(order, key); i >= 0 {
		return i
	}
	return slices.Index(order, "others")
}

// attrText returns the text of an attribute, "" for those that every line of the run
// has.
func attrText(a slog.Attr) string {
	switch a.Key {
	case "run_id", "blueprint_id", "duration_ms":
		return ""
	case "node_id":
		return " " + a.Value.String()
	case "scope":
		return "@" + a.Value.String()
	case "attempt":
		if n, ok := a.Value.Any().(int64); ok && n <= 1 {
			return ""
		}
		return fmt.Sprintf(" (attempt %v)", a.Value)
	case "error", "reason":
		return ": " + a.Value.String()
	case "stack":
		return "\n" + a.Value.String()
	}
	return fmt.Sprintf(" %s=%v", a.Key, a.Value)
}
