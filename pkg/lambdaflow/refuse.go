package lambdaflow

import (
	"io"
	"log/slog"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// refuse writes the reasons for which the function does not start: all faults in one
// line.
func refuse(w io.Writer, err error) {
	NewLogger(w, slog.LevelError).Error("start refused", "faults", faults(err))
}

// variables returns the settings of the fields of the engine's configuration.
func variables(e *engine.ConfigError) string {
	return strings.Join(settings.Rename(e.Fields, func(s settings.Setting) string { return s.Name }), ", ")
}

// faults splits an error that joins several, and the issues of a blueprint; the text
// of a wrapping error goes in front of each.
func faults(err error) (all []string) {
	prefix, inner := "", []string(nil)
	switch e := err.(type) {
	case *engine.ConfigError:
		return []string{variables(e) + ": " + e.Reason}
	case *flow.InvalidError:
		prefix = "invalid blueprint: "
		if e.BlueprintID != "" {
			prefix = "invalid blueprint " + e.BlueprintID + ": "
		}
		for _, issue := range e.Issues {
			inner = append(inner, issue.String())
		}
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			inner = append(inner, faults(err)...)
		}
	case interface{ Unwrap() error }:
		cause := e.Unwrap()
		if cause == nil {
			break
		}
		if before, ok := strings.CutSuffix(err.Error(), cause.Error()); ok {
			prefix, inner = before, faults(cause)
		}
	}
	for _, fault := range inner {
		all = append(all, prefix+fault)
	}
	if all == nil {
		all = []string{err.Error()}
	}
	return all
}
