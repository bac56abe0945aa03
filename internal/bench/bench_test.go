package bench_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/bench"
	"github.com/flowcraft-go/flowcraft/internal/buildtest"
	"github.com/flowcraft-go/flowcraft/internal/localstack"
)

var worker string

func TestMain(m *testing.M) {
	buildtest.Main(m, buildtest.Command{Path: &worker, Name: "bootstrap", Source: "../../functions/worker"})
}

// config returns a measurement of 20 runs of a blueprint's text.
func config(t *testing.T, id, blueprint string) bench.Config {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, id+".json"), []byte(blueprint), 0o600); err != nil {
		t.Fatal(err)
	}
	stack := localstack.Config{Worker: worker, BlueprintsFolder: folder, Modules: []string{"."}}
	return bench.Config{Stack: stack, Blueprint: id, Runs: 20, AtOnce: 4}
}

const (
	chain = `{"id":"chain","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"},{"id":"e","uses":"pass"}],
		"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"d"},{"source":"d","target":"e"}]}`
	broken = `{"id":"broken","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"fail"}],"edges":[{"source":"a","target":"b"}]}`
)

func TestMeasure(t *testing.T) {
	t.Parallel()
	report, err := bench.Measure(t.Context(), config(t, "chain", chain))
	if err != nil {
		t.Fatal(err)
	}
	if report.Failed != 0 || report.Nodes != 100 || report.CountedRuns != 20 || report.MessagesPerRun != 1 {
		t.Errorf("report %+v, want 20 runs of 5 nodes and one message", report)
	}
	// A chain is one write a node, and the run's own; see internal/budget.
	if n := report.DynamoDBPerNode; n < 1 || n > 2.5 {
		t.Errorf("%.2f DynamoDB requests a node, want 1 to 2.5", n)
	}
	// A message is received and deleted, alone or with up to 9 others.
	if n := report.SQSPerNode; n <= 0 || n > 0.6 {
		t.Errorf("%.2f SQS requests a node, want up to 0.6", n)
	}
	if l := report.Latency; l.P50 <= 0 || l.P99 < l.P50 || l.Max < l.P99 || l.Max > report.Seconds*1000 {
		t.Errorf("latency %+v in %.3f s", l, report.Seconds)
	}
	if runtime.GOOS == "linux" && (report.CPUPerNode == nil || *report.CPUPerNode <= 0 || *report.CPUPerNode > 100) {
		t.Errorf("CPU a node = %v", report.CPUPerNode)
	}
	if got := float64(report.Nodes) / report.Seconds; got != report.NodesPerSecond {
		t.Errorf("%.1f nodes a second, want %.1f", report.NodesPerSecond, got)
	}
}

// Runs that are alone tell the steps of their times, of which none is shorter than its
// requests.
func TestSteps(t *testing.T) {
	t.Parallel()
	c := config(t, "chain", chain)
	c.AtOnce, c.Runs = 1, 10
	c.Stack.Latency = localstack.Latency{DynamoDB: 20 * time.Millisecond, SQS: 50 * time.Millisecond}
	report, err := bench.Times(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s := report.Steps
	if s == nil || s.Next == nil {
		t.Fatalf("report %+v has no steps", report)
	}
	// The poll and the write that begins the run; a node's write; the run's last write. Lines
	// of the log come a little after their time.
	if s.First.P50 < 69 || s.Next.P50 < 19 || s.End.P50 < 19 || report.Latency.P50 < 69+5*19+19 {
		t.Errorf("from message to first node %v, from node to node %v, from last node to status %v, want 70, 20 and 20 ms at least", s.First, s.Next, s.End)
	}
	c.AtOnce = 2
	if report, err = bench.Times(t.Context(), c); err != nil || report.Steps != nil {
		t.Errorf("runs beside each other: %+v, %v, want no steps", report, err)
	}
}

// Starts at a rate take their time.
func TestRate(t *testing.T) {
	t.Parallel()
	c := config(t, "chain", chain)
	c.Rate = 20 // 19 intervals of 50 ms
	report, err := bench.Measure(t.Context(), c)
	if err != nil || report.Seconds < 0.95 {
		t.Errorf("20 runs, 20 a second: %+v, %v, want 0.95 s at least", report, err)
	}
}

func TestFailedRunsAreCounted(t *testing.T) {
	t.Parallel()
	report, err := bench.Measure(t.Context(), config(t, "broken", broken))
	if err != nil || report.Failed != 20 || report.Nodes != 20 {
		t.Errorf("report %+v, %v, want 20 failed runs, and their first nodes", report, err)
	}
}

func TestTimeLimit(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 8*time.Second, bench.ErrTooLong)
	defer cancel()
	c := config(t, "chain", chain)
	c.Rate = 0.01 // the second run starts after 100 s
	_, err := bench.Measure(ctx, c)
	if !errors.Is(err, bench.ErrTooLong) {
		t.Errorf("error %v, want that the time has passed", err)
	}
}

func TestLatencyOf(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i)*time.Millisecond)
	}
	if got := bench.LatencyOf(times); got != (bench.Latency{P50: 100, P99: 198, Max: 200}) {
		t.Errorf("latency of 1 to 200 ms = %+v", got)
	}
	if got := bench.LatencyOf(times[:1]); got != (bench.Latency{P50: 200, P99: 200, Max: 200}) {
		t.Errorf("latency of one = %+v", got)
	}
}
