package lambdaflow

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// functionSettings are the settings of both functions, each in the field that the
// table of package settings names.
type functionSettings struct {
	BlueprintsFolder string // relative to the task root, or absolute
	HTTPAllowPrivate []netip.Prefix
	LambdaNodes      map[string]string // the functions of node types

	LogLevel          slog.Level
	Metrics           bool
	MetricsBlueprints bool // the metrics of runs by blueprint, too
	IntakeARN         string
	FlowName          string // the deployment's in its metrics; "" is the function's

	names  flowaws.Names
	queue  settings.QueueSettings
	engine engine.ReconcilerConfig // all that are fields of the engine's configuration
}

// loadSettings reads the environment. The error lists all missing and malformed
// settings; the valid ones are returned with it.
func loadSettings(lookup func(string) (string, bool)) (s functionSettings, err error) {
	err = settings.Load(lookup, &s, &s.names, &s.queue, &s.engine)
	if settings.Deployed(lookup) {
		err = errors.Join(err, settings.CheckNetworks(s.HTTPAllowPrivate))
	}
	return s, err
}

func (s functionSettings) warn(ctx context.Context, logger *slog.Logger) {
	for _, warning := range s.queue.Warnings(state.Skew) {
		logger.WarnContext(ctx, "settings", "reason", warning)
	}
}
