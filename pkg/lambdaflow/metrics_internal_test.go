package lambdaflow

import (
	"bytes"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestMetricsAreSwitched(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings functionSettings
		want     string // part of the output
	}{
		"off":                  {functionSettings{Metrics: false, FlowName: "orders"}, ""},
		"emf":                  {functionSettings{Metrics: true, FlowName: "orders"}, `"Flow":"orders"`},
		"emf_without_any_name": {functionSettings{Metrics: true}, `"Flow":"flow"`},
		"emf_by_blueprint":     {functionSettings{Metrics: true, MetricsBlueprints: true}, `"Blueprint":"b"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			m := newMetrics(&log, test.settings)
			m.Observe(flow.Event{Kind: flow.RunStarted, BlueprintID: "b"})
			m.Flush("")
			if got := log.String(); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("written: %q, want %q in it", got, test.want)
			}
		})
	}
}
