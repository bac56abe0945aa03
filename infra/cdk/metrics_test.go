package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

// Alarms and dashboard show exactly the metrics that the functions write: any other
// metric has no data, and an alarm on it never rings.
func TestWatchedMetricsAreWritten(t *testing.T) {
	for _, byBlueprint := range []string{"off", "on"} {
		t.Run(byBlueprint, func(t *testing.T) { watchedAreWritten(t, byBlueprint) })
	}
}

func watchedAreWritten(t *testing.T, byBlueprint string) {
	tm := synthesize(t, map[string]any{"metricsBlueprints": byBlueprint})
	_, worker := tm.one(kindFunction, "Worker")
	name, _ := at(worker, "Properties.Environment.Variables.FLOW_NAME").(string)
	written := writtenMetrics(t, name, at(worker, "Properties.Environment.Variables.FLOW_METRICS_BLUEPRINTS") == "on")
	shown := tm.dashboardMetrics()
	for watched := range tm.alarmMetrics() {
		if !written[watched] {
			t.Errorf("an alarm is on %q, which no function writes", watched)
		}
		if !shown[watched] {
			t.Errorf("an alarm is on %q, which the dashboard does not show", watched)
		}
	}
	ofAll := func(m string) bool { return !strings.Contains(m, metrics.Blueprint) }
	maps.DeleteFunc(written, func(m string, _ bool) bool { return !ofAll(m) && !shown[m] })
	if diff := cmp.Diff(sorted(written), sorted(shown)); diff != "" {
		t.Errorf("metrics (-written +shown):\n%s", diff)
	}
	if blueprints := strings.Contains(fmt.Sprint(shown), metrics.Blueprint); blueprints != (byBlueprint == "on") {
		t.Errorf("the dashboard shows metrics by blueprint: %v", blueprints)
	}
	if len(written) < 10 {
		t.Errorf("only %q are written", sorted(written))
	}
}

// identity names a metric with its dimensions; a blueprint's dimension has no
// value.
func identity(namespace, name string, dimensions map[string]string) string {
	return fmt.Sprint(namespace, " ", name, " ", dimensions)
}

// writtenMetrics returns the metrics of a worker and a reconciler to which
// everything happens.
func writtenMetrics(t *testing.T, flowName string, byBlueprint bool) map[string]bool {
	t.Helper()
	var log bytes.Buffer
	c := metrics.New(&log, flowName, metrics.Config{ByBlueprint: byBlueprint})
	for _, kind := range []flow.EventKind{
		flow.RunStarted, flow.NodeFinished, flow.NodeRetrying, flow.NodeFailed, flow.NodeSkipped, flow.RunCompleted, flow.RunFailed,
		flow.RunCancelled, flow.StartIgnored, flow.RunRescued, flow.DuplicateMessage, flow.CodeMissing, flow.MessageSentAgain,
	} {
		c.Observe(flow.Event{Kind: kind, BlueprintID: "order", Duration: time.Second})
	}
	c.Returned(1)
	c.Tick(engine.Stats{ScannedItems: 1, OldestRun: 1, StalledRuns: 1, ReconciledRuns: 1, FailedRuns: 1, Jobs: 1, Timers: 1, FailedTimers: 1})
	c.Flush("")
	var line struct {
		AWS struct {
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name string }
			}
		} `json:"_aws"`
		Flow string
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, directive := range line.AWS.CloudWatchMetrics {
		for _, set := range directive.Dimensions {
			dimensions := map[string]string{}
			for _, dimension := range set {
				dimensions[dimension] = map[string]string{"Flow": line.Flow}[dimension]
			}
			for _, m := range directive.Metrics {
				found[identity(directive.Namespace, m.Name, dimensions)] = true
			}
		}
	}
	return found
}

// alarmMetrics returns those of the functions' own metrics that alarms use.
func (tm template) alarmMetrics() map[string]bool {
	found := map[string]bool{}
	for _, resource := range tm.Resources {
		namespace, _ := at(resource, "Properties.Namespace").(string)
		if resource["Type"] != kindAlarm || !strings.HasPrefix(namespace, metrics.Namespace) {
			continue
		}
		dimensions := map[string]string{}
		for i := range 2 {
			if name, ok := at(resource, fmt.Sprintf("Properties.Dimensions.%d.Name", i)).(string); ok {
				dimensions[name], _ = at(resource, fmt.Sprintf("Properties.Dimensions.%d.Value", i)).(string)
			}
		}
		found[identity(namespace, at(resource, "Properties.MetricName").(string), dimensions)] = true
	}
	if len(found) != 7 {
		tm.t.Errorf("alarms are on the functions' metrics %q, want those on failed, rescued and old runs, on failed rescues and timers, on returned messages and missing code", sorted(found))
	}
	return found
}

var search = regexp.MustCompile(`^SEARCH\('\{([^,]+),([^,]+),([^,]+)\} ([^=]+)="([^"]+)" MetricName="([^"]+)"', 'Sum', 300\)$`)

// dashboardMetrics returns those of the functions' own metrics that the dashboard
// shows.
func (tm template) dashboardMetrics() map[string]bool {
	found := map[string]bool{}
	for _, widget := range tm.dashboard().Widgets {
		for _, shown := range widget.Properties.Metrics {
			if expression, ok := at(shown[0], "expression").(string); ok {
				parts := search.FindStringSubmatch(expression)
				if strings.HasPrefix(expression, "SUM(") {
					continue // of DynamoDB's
				}
				if parts == nil || parts[4] != parts[2] {
					tm.t.Errorf("the dashboard searches for %s", expression)
					continue
				}
				found[identity(parts[1], parts[6], map[string]string{parts[2]: parts[5], parts[3]: ""})] = true
				continue
			}
			if namespace, _ := shown[0].(string); strings.HasPrefix(namespace, metrics.Namespace) {
				dimensions := map[string]string{}
				for i := 2; i+1 < len(shown); i += 2 {
					dimensions[shown[i].(string)] = shown[i+1].(string)
				}
				found[identity(namespace, shown[1].(string), dimensions)] = true
			}
		}
	}
	return found
}

type dashboardBody struct {
	Widgets []struct {
		Properties struct{ Metrics [][]any }
	}
}

// dashboard returns the body, without the names that only a deployment knows.
func (tm template) dashboard() (body dashboardBody) {
	tm.t.Helper()
	_, dashboard := tm.one("AWS::CloudWatch::Dashboard", "Dashboard")
	parts, _ := at(dashboard, "Properties.DashboardBody.Fn::Join.1").([]any)
	var text strings.Builder
	for _, part := range parts {
		literal, _ := part.(string)
		text.WriteString(literal)
	}
	if err := json.Unmarshal([]byte(text.String()), &body); err != nil {
		tm.t.Fatalf("dashboard: %v", err)
	}
	return body
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
