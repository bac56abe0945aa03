package main

import (
	"context"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/bench"
)

func TestWorkloads(t *testing.T) {
	t.Parallel()
	for _, w := range workloads {
		b := w.blueprint()
		if len(b.Nodes) != w.nodes() {
			t.Errorf("%s: %d nodes, want %d", w.name, len(b.Nodes), w.nodes())
		}
		want := w.nodes() - 1 // of a chain
		if w.width > 0 {
			want = 2 * w.width
		}
		if len(b.Edges) != want {
			t.Errorf("%s: %d edges, want %d", w.name, len(b.Edges), want)
		}
	}
}

// Every system without a server runs the same shapes to the end; each checks the number of
// its steps itself.
func TestSystems(t *testing.T) {
	for _, s := range systems {
		if s.postgres || s.name == "flowcraft-local" {
			continue
		}
		for _, w := range []workload{{"chain-3", 3, 0}, {"fan-3", 0, 3}} {
			s.nodes = 20
			c, err := s.measure(t.Context(), w, s, environment{})
			if err != nil || c.NodesPerSecond <= 0 || c.Latency.P50 <= 0 {
				t.Errorf("%s, %s: %+v, %v", s.name, w.name, c, err)
			}
		}
	}
}

func TestUnknownMeasurement(t *testing.T) {
	t.Parallel()
	if err := measureOne(context.Background(), "nobody/chain-10", environment{}); err == nil {
		t.Error("no error")
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	results := table{}
	for _, rate := range []float64{300, 100, 200} {
		results.add("flowcraft-local", "fan-8", cell{rate, 0.5, bench.Latency{P50: rate, P99: 4}})
	}
	results.add("dbos-sqlite", "fan-8", cell{100, 1, bench.Latency{P50: 3, P99: 4}})
	results.add("dbos-sqlite", "fan-8", cell{400, 3, bench.Latency{P50: 3, P99: 4}})
	var text strings.Builder
	if err := results.write(&text); err != nil {
		t.Fatal(err)
	}
	const want = `| workload | system | ratio: min, median, max | nodes/s: min, median, max | CPU ms a node | p50 ms | p99 ms |
|---|---|---|---|---|---|---|
| fan-8 | flowcraft-local | 1.00, 1.00, 1.00 | 100, 200, 300 | 0.50 | 200 | 4 |
| fan-8 | dbos-sqlite | 0.33, 2.17, 4.00 | 100, 250, 400 | 2.00 | 3 | 4 |
`
	if text.String() != want {
		t.Errorf("table:\n%s\nwant:\n%s", &text, want)
	}
}
