package metrics_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// bundle is a collector and its output.
type bundle struct {
	*testing.T
	*metrics.Collector
	written bytes.Buffer
}

func setup(t *testing.T) *bundle {
	return setupWith(t, true)
}

func setupWith(t *testing.T, byBlueprint bool) *bundle {
	b := &bundle{T: t}
	b.Collector = metrics.New(&b.written, "flowcraft-dev/Flow", metrics.Config{ByBlueprint: byBlueprint, Now: func() time.Time { return now }})
	return b
}

func (b *bundle) observe(kind flow.EventKind, times int, changes ...func(*flow.Event)) {
	event := flow.Event{Kind: kind, RunID: "run-1", BlueprintID: "order", NodeID: "charge"}
	for _, change := range changes {
		change(&event)
	}
	for range times {
		b.Observe(event)
	}
}

func of(blueprint string) func(*flow.Event) { return func(e *flow.Event) { e.BlueprintID = blueprint } }

func took(d time.Duration) func(*flow.Event) { return func(e *flow.Event) { e.Duration = d } }

// lines flushes, and returns and clears the output.
func (b *bundle) lines() (lines [][]byte) {
	b.Flush("request-1")
	for line := range strings.Lines(b.written.String()) {
		lines = append(lines, []byte(line))
	}
	b.written.Reset()
	return lines
}

// want flushes, and compares the written metrics: "NAME DIMENSIONS" with only the
// values of dimensions, and all values of the metric. No line may give a metric a
// value of another.
func (b *bundle) want(want map[string][]float64) {
	b.Helper()
	got := map[string][]float64{}
	for _, line := range b.lines() {
		for m, values := range read(b.T, line) {
			dimensions := strings.NewReplacer("Flow=flowcraft-dev/Flow", "", "Blueprint=", "").Replace(m.Dimensions)
			key := strings.TrimSpace(m.Name + dimensions)
			got[key] = append(got[key], values...)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestCollector(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		count func(*bundle)
		want  map[string][]float64
	}{
		"nothing_is_no_line": {func(*bundle) {}, map[string][]float64{}},
		"what_is_no_metric_is_no_line": {
			func(b *bundle) {
				b.observe(flow.NodeSkipped, 1)
				b.observe(flow.StartIgnored, 1)
			},
			map[string][]float64{},
		},
		"runs_are_counted_in_all_and_by_blueprint": {
			func(b *bundle) {
				b.observe(flow.RunStarted, 3)
				b.observe(flow.RunCompleted, 2)
				b.observe(flow.RunFailed, 1)
				b.observe(flow.RunCancelled, 4)
			},
			map[string][]float64{
				"RunsStarted": {3}, "RunsStarted order": {3}, "RunsCompleted": {2}, "RunsCompleted order": {2},
				"RunsFailed": {1}, "RunsFailed order": {1}, "RunsCancelled": {4}, "RunsCancelled order": {4},
			},
		},
		"each_blueprint_has_its_own_count": {
			func(b *bundle) {
				b.observe(flow.RunStarted, 2)
				b.observe(flow.RunStarted, 1, of("report"))
				b.observe(flow.RunFailed, 1, of("report"))
				b.observe(flow.NodeRetrying, 5, of("report"))
			},
			map[string][]float64{
				"RunsStarted": {2, 1}, "RunsStarted order": {2}, "RunsStarted report": {1},
				"RunsFailed": {1}, "RunsFailed report": {1}, "NodeRetries": {5},
			},
		},
		"the_duration_of_each_attempt_is_kept": {
			func(b *bundle) {
				b.observe(flow.NodeRetrying, 1, took(1500*time.Microsecond))
				b.observe(flow.NodeFailed, 1, took(2*time.Second))
				b.observe(flow.NodeFinished, 2, took(3*time.Millisecond))
			},
			map[string][]float64{"NodeDuration": {1.5, 2000, 3, 3}, "NodeRetries": {1}, "NodesFailed": {1}},
		},
		"a_node_whose_worker_died_has_no_duration": {
			func(b *bundle) { b.observe(flow.NodeFailed, 1) },
			map[string][]float64{"NodesFailed": {1}},
		},
		"duplicates": {
			func(b *bundle) { b.observe(flow.DuplicateMessage, 2) },
			map[string][]float64{"DuplicateMessages": {2}},
		},
		"messages_that_come_back_or_are_sent_again": {
			func(b *bundle) {
				b.Returned(2)
				b.Returned(0)
				b.observe(flow.MessageSentAgain, 1)
			},
			map[string][]float64{"MessagesReturned": {3}},
		},
		"no_message_that_comes_back_is_no_line": {func(b *bundle) { b.Returned(0) }, map[string][]float64{}},
		"code_that_goes_on":                     {func(b *bundle) { b.observe(flow.CodeStillRunning, 2) }, map[string][]float64{"CodeStillRunning": {2}}},
		"missing_code":                          {func(b *bundle) { b.observe(flow.CodeMissing, 2) }, map[string][]float64{"CodeMissing": {2}}},
		"a_tick_that_does_nothing_says_so": {
			func(b *bundle) { b.Tick(engine.Stats{ScannedItems: 7}) },
			map[string][]float64{"RunsStalled": {0}, "RunsRescued": {0}, "OldestRun": {0}},
		},
		"a_tick_that_could_not_read_the_oldest_run_does_not_say_that_there_is_none": {
			func(b *bundle) { b.Tick(engine.Stats{OldestRun: -1}) },
			map[string][]float64{"RunsStalled": {0}, "RunsRescued": {0}},
		},
		"a_tick_with_everything": {
			func(b *bundle) {
				b.observe(flow.RunRescued, 3)
				b.observe(flow.RunFailed, 1)
				b.Tick(engine.Stats{ScannedItems: 9, StalledRuns: 6, ReconciledRuns: 4, FailedRuns: 2, Jobs: 8, Timers: 5, FailedTimers: 1, OldestRun: 960})
			},
			map[string][]float64{
				"RunsStalled": {6}, "RunsRescued": {3}, "RescuesFailed": {2}, "TimersFired": {5}, "TimersFailed": {1}, "OldestRun": {960},
				"RunsFailed": {1}, "RunsFailed order": {1},
			},
		},
		"a_blueprint_of_any_name": {
			func(b *bundle) { b.observe(flow.RunStarted, 1, of("100% über\n")) },
			map[string][]float64{"RunsStarted": {1}, "RunsStarted 100%25%20%C3%BCber%0A": {1}},
		},
		"the_longest_name": {
			func(b *bundle) { b.observe(flow.RunStarted, 1, of(strings.Repeat("\x00", 255))) },
			map[string][]float64{"RunsStarted": {1}, "RunsStarted " + strings.Repeat("%00", 255): {1}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			test.count(b)
			b.want(test.want)
			b.want(map[string][]float64{}) // all of it was written
		})
	}
}

// A line holds 100 values of a metric, and one of a dimension.
func TestLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blueprints, attempts int
		want                 int
	}{
		"one_blueprint":                      {1, 100, 1},
		"the_101st_attempt_takes_a_second":   {1, 101, 2},
		"blueprints_share_out_the_attempts":  {3, 250, 3},
		"more_attempts_than_blueprints_hold": {3, 301, 4},
		"attempts_alone":                     {0, 1000, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			for i := range test.blueprints {
				b.observe(flow.RunStarted, 1, of(fmt.Sprint(i)))
			}
			for i := range test.attempts {
				b.observe(flow.NodeFinished, 1, took(time.Duration(i+1)*time.Millisecond))
			}
			lines := b.lines()
			if len(lines) != test.want {
				t.Errorf("%d lines, want %d", len(lines), test.want)
			}
			sum := 0.0
			for _, line := range lines {
				for _, value := range read(t, line)[metric{"Flowcraft", "NodeDuration", "Flow=flowcraft-dev/Flow"}] {
					sum += value
				}
			}
			if want := test.attempts * (test.attempts + 1) / 2; sum != float64(want) {
				t.Errorf("the durations add up to %v, want %d", sum, want)
			}
		})
	}
}

// A line of metrics can be found like any other of the log, and has at least the
// level INFO, which Lambda assumes otherwise.
func TestLineIsOneOfTheLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.observe(flow.RunStarted, 1)
	var got map[string]any
	if err := json.Unmarshal(b.lines()[0], &got); err != nil {
		t.Fatal(err)
	}
	head, _ := got["_aws"].(map[string]any)
	if head["Timestamp"] != float64(now.UnixMilli()) {
		t.Errorf("timestamp %v, want %d", head["Timestamp"], now.UnixMilli())
	}
	delete(got, "_aws")
	want := map[string]any{
		"timestamp": "2026-11-23T12:00:00Z", "level": "INFO", "msg": "metrics", "request_id": "request-1",
		"Flow": "flowcraft-dev/Flow", "Blueprint": "order", "RunsStarted": 1.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

func TestNilCollector(t *testing.T) {
	t.Parallel()
	var c *metrics.Collector
	c.Observe(flow.Event{Kind: flow.RunStarted})
	c.Tick(engine.Stats{})
	c.Returned(1)
	c.Flush("")
}

// The records of a batch are handled concurrently; counts that one invocation does
// not write are written by the next.
func TestConcurrentInvocations(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var running sync.WaitGroup
	for range 10 {
		running.Go(func() {
			for i := range 100 {
				b.observe(flow.RunStarted, 1)
				b.observe(flow.NodeFinished, 1, took(time.Millisecond))
				if i%30 == 0 {
					b.Flush("")
				}
			}
		})
	}
	running.Wait()
	runs, attempts := 0.0, 0
	for _, line := range b.lines() {
		for m, values := range read(t, line) {
			switch m {
			case metric{"Flowcraft", "RunsStarted", "Flow=flowcraft-dev/Flow"}:
				runs += values[0]
			case metric{"Flowcraft", "NodeDuration", "Flow=flowcraft-dev/Flow"}:
				attempts += len(values)
			}
		}
	}
	if runs != 1000 || attempts != 1000 {
		t.Errorf("%v runs and %d attempts, want 1000 of each", runs, attempts)
	}
}

// The cost of a node: negligible beside the microseconds of its log line.
func BenchmarkObserve(b *testing.B) {
	c := metrics.New(io.Discard, "flow", metrics.Config{})
	event := flow.Event{Kind: flow.NodeFinished, BlueprintID: "order", NodeID: "charge", Duration: time.Millisecond}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if c.Observe(event); i%100 == 99 {
			c.Flush("request-1")
		}
	}
}

// The cost of an invocation with ten chains of ten nodes, in total.
func BenchmarkInvocation(b *testing.B) {
	c := metrics.New(io.Discard, "flow", metrics.Config{})
	b.ReportAllocs()
	for b.Loop() {
		for range 10 {
			c.Observe(flow.Event{Kind: flow.RunStarted, BlueprintID: "order"})
			for range 10 {
				c.Observe(flow.Event{Kind: flow.NodeFinished, BlueprintID: "order", Duration: time.Millisecond})
			}
			c.Observe(flow.Event{Kind: flow.RunCompleted, BlueprintID: "order"})
		}
		c.Flush("request-1")
	}
}

// Without the dimension the runs of all blueprints are one count, in one line.
func TestRunsAreCountedWithoutTheirBlueprint(t *testing.T) {
	t.Parallel()
	b := setupWith(t, false)
	b.observe(flow.RunStarted, 2)
	b.observe(flow.RunStarted, 1, of("report"))
	b.observe(flow.RunFailed, 1, of("report"))
	b.observe(flow.NodeRetrying, 5)
	lines := b.lines()
	if len(lines) != 1 || strings.Contains(string(lines[0]), metrics.Blueprint) {
		t.Fatalf("lines %q, want one, without a blueprint", lines)
	}
	got := read(t, lines[0])
	want := map[string]float64{"RunsStarted": 3, "RunsFailed": 1, "NodeRetries": 5}
	for m, values := range got {
		if len(values) != 1 || values[0] != want[m.Name] {
			t.Errorf("%s is %v, want %v", m.Name, values, want[m.Name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("metrics %v, want %v", got, want)
	}
}
