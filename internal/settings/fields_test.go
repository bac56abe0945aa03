package settings_test

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// An environment that is written can be read again.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	want := function{
		QueueURL: "q", ContextTable: "c", StatusTable: "s", CoordinationTable: "k",
		Timeout: 90 * time.Second, Visibility: 10 * time.Minute, MaxReceives: 7, StalledAfter: 36 * time.Hour,
		Retention: 30 * 24 * time.Hour, NodeTimeout: 1500 * time.Millisecond, Reserve: 2 * time.Second,
		BlueprintsFolder: "/flows", MaxStarts: 3, MaxHops: 99, MaxValue: 500_000,
		RescueLimit: 77, LogLevel: slog.LevelWarn, Metrics: false, FlowName: "orders",
		HTTPAllowPrivate: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("::1/128")},
	}
	environment := settings.Environment(want)
	for name, text := range map[string]string{
		"FLOW_TIMEOUT": "1m30s", "FLOW_RETENTION": "30d", "FLOW_STALLED_AFTER": "36h0m0s", "FLOW_MAX_VALUE": "500000",
		"FLOW_METRICS": "off", "LOG_LEVEL": "WARN", "FLOW_HTTP_ALLOW_PRIVATE": "10.20.0.0/16,::1/128",
	} {
		if environment[name] != text {
			t.Errorf("%s = %q, want %q", name, environment[name], text)
		}
	}
	var got function
	if err := settings.Load(settings.Lookup(environment), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, samePrefix); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestEnvironment_of_several(t *testing.T) {
	t.Parallel()
	first := struct {
		Timeout, StalledAfter, Tick time.Duration
		LogLevel                    string
		MaxHops                     int
	}{time.Minute, time.Hour, time.Minute, "loud", 0}
	second := struct{ Timeout settings.DurationFlag }{settings.DurationFlag(time.Second)}
	want := map[string]string{
		"FLOW_TIMEOUT": "1s", "FLOW_STALLED_AFTER": "1h0m0s",
		"LOG_LEVEL":     "loud", // as it was given
		"FLOW_MAX_HOPS": "",     // not set
	} // and no FLOW_TICK, which no function reads
	if diff := cmp.Diff(want, settings.Environment(first, &second)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestSetDefaults(t *testing.T) {
	t.Parallel()
	got := struct {
		Timeout, Reserve time.Duration
		LogLevel, Other  string
		BatchWindow      time.Duration
		Retain           bool
	}{Reserve: time.Second}
	settings.SetDefaults(&got)
	want := got
	want.Timeout, want.LogLevel = time.Minute, "INFO"
	if got != want || got.Reserve != time.Second {
		t.Errorf("defaults %+v, want %+v", got, want)
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	flags := struct {
		Timeout          settings.DurationFlag
		HTTPAllowPrivate settings.NetworksFlag
		RescueLimit      int
		Sandboxes        int
	}{settings.DurationFlag(time.Hour), settings.NetworksFlag{netip.MustParsePrefix("::1/128")}, -3, 4}
	var got struct {
		Timeout          time.Duration
		HTTPAllowPrivate []netip.Prefix
		RescueLimit      int
		Sandboxes        int
		MaxHops          int
	}
	settings.Copy(&got, flags)
	if got.Timeout != time.Hour || len(got.HTTPAllowPrivate) != 1 || got.RescueLimit != -3 || got.Sandboxes != 0 || got.MaxHops != 0 {
		t.Errorf("copied %+v of %+v: want the settings and nothing else", got, flags)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	var got struct {
		Memory          int
		LambdaFunctions []string
		Retain          bool
		LogLevel        string
		Timeout         time.Duration
	}
	for field, text := range map[string]string{"Memory": "512", "LambdaFunctions": "a, b:live,", "Retain": "1", "LogLevel": "loud"} {
		s, _ := settings.Of(field)
		if err := s.Set(&got, text); err != nil {
			t.Errorf("%s: %v", field, err)
		}
	}
	if diff := cmp.Diff([]string{"a", "b:live", ""}, got.LambdaFunctions); diff != "" || got.Memory != 512 || !got.Retain || got.LogLevel != "loud" {
		t.Errorf("set %+v", got)
	}
	for field, text := range map[string]string{"Memory": "0", "Retain": "perhaps", "Timeout": "soon"} {
		s, _ := settings.Of(field)
		if err := s.Set(&got, text); err == nil {
			t.Errorf("%s took %q", field, text)
		}
	}
}
