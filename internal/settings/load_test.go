package settings_test

import (
	"log/slog"
	"maps"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// function holds every setting that functions read.
type function struct {
	QueueURL, ContextTable, StatusTable, CoordinationTable string
	Timeout, Visibility, StalledAfter, Retention           time.Duration
	NodeTimeout, Reserve                                   time.Duration
	MaxReceives, MaxStarts, MaxHops, MaxValue, RescueLimit int
	BlueprintsFolder, FlowName                             string
	HTTPAllowPrivate                                       []netip.Prefix
	LambdaNodes                                            map[string]string
	LogLevel                                               slog.Level
	Metrics, MetricsBlueprints                             bool
}

// complete returns the required variables with changes made to them.
func complete(changes map[string]string) func(string) (string, bool) {
	vars := map[string]string{
		"FLOW_QUEUE_URL": "http://queue", "FLOW_CONTEXT_TABLE": "context",
		"FLOW_STATUS_TABLE": "status", "FLOW_COORDINATION_TABLE": "coordination",
	}
	maps.Copy(vars, changes)
	return settings.Lookup(vars)
}

var samePrefix = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestLoad(t *testing.T) {
	t.Parallel()
	defaults := function{
		QueueURL: "http://queue", ContextTable: "context", StatusTable: "status", CoordinationTable: "coordination",
		Timeout: time.Minute, Visibility: 6 * time.Minute, MaxReceives: 5, StalledAfter: 5 * time.Minute,
		Retention: 90 * 24 * time.Hour, NodeTimeout: 20 * time.Second, Reserve: 3 * time.Second,
		BlueprintsFolder: "blueprints", MaxStarts: 5, MaxHops: 10_000, MaxValue: 5_000_000,
		RescueLimit: 1000, LogLevel: slog.LevelInfo, Metrics: true,
	}
	every := map[string]string{
		"FLOW_QUEUE_URL": "q", "FLOW_CONTEXT_TABLE": "c", "FLOW_STATUS_TABLE": "s", "FLOW_COORDINATION_TABLE": "k",
		"FLOW_TIMEOUT": "30s", "FLOW_VISIBILITY": "3m", "FLOW_MAX_RECEIVES": "7", "FLOW_STALLED_AFTER": "4m",
		"FLOW_RETENTION": "30d", "FLOW_NODE_TIMEOUT": "9s", "FLOW_RESERVE": "2s", "FLOW_BLUEPRINTS": "/flows",
		"FLOW_MAX_STARTS": "3", "FLOW_MAX_HOPS": "99", "FLOW_MAX_VALUE": "500KB",
		"FLOW_RESCUE_LIMIT": "77", "LOG_LEVEL": "debug", "FLOW_METRICS": "off", "FLOW_METRICS_BLUEPRINTS": "on", "FLOW_NAME": "orders",
		"FLOW_HTTP_ALLOW_PRIVATE": "10.20.0.0/16, ::1",
		"FLOW_LAMBDA_NODES":       "classifyTicket=classify:live, answer=arn:aws:lambda:eu-central-1:123456789012:function:answer",
	}
	for name, test := range map[string]struct {
		vars map[string]string
		want function
	}{
		"a_variable_that_is_not_set_has_its_default": {nil, defaults},
		"empty_is_not_set":                           {map[string]string{"FLOW_TIMEOUT": "", "LOG_LEVEL": "", "FLOW_BLUEPRINTS": ""}, defaults},
		"every_variable_reaches_its_field": {every, function{
			QueueURL: "q", ContextTable: "c", StatusTable: "s", CoordinationTable: "k",
			Timeout: 30 * time.Second, Visibility: 3 * time.Minute, MaxReceives: 7, StalledAfter: 4 * time.Minute,
			Retention: 30 * 24 * time.Hour, NodeTimeout: 9 * time.Second, Reserve: 2 * time.Second,
			BlueprintsFolder: "/flows", MaxStarts: 3, MaxHops: 99, MaxValue: 500_000,
			RescueLimit: 77, LogLevel: slog.LevelDebug, Metrics: false, MetricsBlueprints: true, FlowName: "orders",
			HTTPAllowPrivate: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("::1/128")},
			LambdaNodes:      map[string]string{"classifyTicket": "classify:live", "answer": "arn:aws:lambda:eu-central-1:123456789012:function:answer"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := function{MaxStarts: 12, BlueprintsFolder: "left over"}
			if err := settings.Load(complete(test.vars), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, samePrefix); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoad_reports_all_faults_together(t *testing.T) {
	t.Parallel()
	var got struct {
		Timeout   time.Duration
		MaxStarts int
		QueueURL  string
	}
	err := settings.Load(settings.Lookup(map[string]string{
		"FLOW_QUEUE_URL": "q", "FLOW_TIMEOUT": "1x", "FLOW_RESERVE": "0s", "FLOW_MAX_STARTS": "-1",
		"FLOW_MAX_VALUE": "5GB", "LOG_LEVEL": "loud", "FLOW_METRICS": "on",
		"FLOW_RETENTION": "9d",
	}), &got)
	if err == nil {
		t.Fatal("Load accepted a broken environment")
	}
	for _, want := range []string{
		`FLOW_CONTEXT_TABLE is not set`, `FLOW_STATUS_TABLE is not set`, `FLOW_COORDINATION_TABLE is not set`,
		`FLOW_TIMEOUT is "1x": must be a duration`, `FLOW_RESERVE is "0s": must be positive`,
		`FLOW_MAX_STARTS is "-1": must be a whole number`, `FLOW_MAX_VALUE is "5GB": must be a number of bytes`,
		`FLOW_RETENTION is "9d": must be at least 10d, the time for which the queue keeps a message`,
		`LOG_LEVEL is "loud": must be one of`, `FLOW_METRICS is "on": must be emf, the embedded metric format, or off`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error has no %q:\n%v", want, err)
		}
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 10 {
		t.Errorf("got %d faults, want 10:\n%v", len(lines), err)
	}
	if got.QueueURL != "q" || got.Timeout != time.Minute || got.MaxStarts != 5 {
		t.Errorf("beside the faults %+v was read, want the rest and defaults", got)
	}
}

// Several structs share the settings; a struct behind a pointer is reached too.
func TestLoad_into_several(t *testing.T) {
	t.Parallel()
	var outer struct {
		function
		Other string
	}
	var queue settings.QueueSettings
	if err := settings.Load(complete(map[string]string{"FLOW_MAX_RECEIVES": "8"}), &outer, &queue); err != nil {
		t.Fatal(err)
	}
	if outer.MaxReceives != 8 || queue.MaxReceives != 8 || outer.Other != "" {
		t.Errorf("read %+v and %+v, want 8 receives in both", outer, queue)
	}
}

// A field that cannot hold its setting is a mistake in the program.
func TestLoad_panics_for_a_field_of_another_type(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_ = settings.Load(complete(nil), &struct{ Timeout bool }{})
}
