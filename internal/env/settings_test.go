package env_test

import (
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/env"
)

// complete returns the required variables with changes made to them.
func complete(changes map[string]string) func(string) (string, bool) {
	vars := map[string]string{
		"FLOW_QUEUE_URL": "http://queue", "FLOW_CONTEXT_TABLE": "context",
		"FLOW_STATUS_TABLE": "status", "FLOW_COORDINATION_TABLE": "coordination",
	}
	maps.Copy(vars, changes)
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	defaults := env.Settings{
		QueueURL: "http://queue", ContextTable: "context", StatusTable: "status", CoordinationTable: "coordination",
		Timeout: time.Minute, Visibility: 6 * time.Minute, MaxReceives: 5, StalledAfter: 5 * time.Minute,
		Retention: 90 * 24 * time.Hour, NodeTimeout: 20 * time.Second, Reserve: 3 * time.Second,
		Blueprints: "blueprints", MaxStarts: 5, MaxHops: 10_000, MaxValue: 5_000_000,
		RescueLimit: 1000, LogLevel: slog.LevelInfo, Metrics: true,
	}

	t.Run("what_is_not_set_has_its_default", func(t *testing.T) {
		t.Parallel()
		got, err := env.Load(complete(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(defaults, got); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
	})

	t.Run("empty_is_not_set", func(t *testing.T) {
		t.Parallel()
		got, err := env.Load(complete(map[string]string{"FLOW_TIMEOUT": "", "LOG_LEVEL": "", "FLOW_BLUEPRINTS": ""}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(defaults, got); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
	})

	t.Run("every_variable_reaches_its_setting", func(t *testing.T) {
		t.Parallel()
		got, err := env.Load(complete(map[string]string{
			"FLOW_QUEUE_URL": "q", "FLOW_CONTEXT_TABLE": "c", "FLOW_STATUS_TABLE": "s", "FLOW_COORDINATION_TABLE": "k",
			"FLOW_TIMEOUT": "30s", "FLOW_VISIBILITY": "3m", "FLOW_MAX_RECEIVES": "7", "FLOW_STALLED_AFTER": "4m",
			"FLOW_RETENTION": "30d", "FLOW_NODE_TIMEOUT": "9s", "FLOW_RESERVE": "2s", "FLOW_BLUEPRINTS": "/flows",
			"FLOW_MAX_STARTS": "3", "FLOW_MAX_HOPS": "99", "FLOW_MAX_VALUE": "500KB",
			"FLOW_RESCUE_LIMIT": "77", "LOG_LEVEL": "debug", "FLOW_METRICS": "off", "FLOW_NAME": "orders",
		}))
		if err != nil {
			t.Fatal(err)
		}
		want := env.Settings{
			QueueURL: "q", ContextTable: "c", StatusTable: "s", CoordinationTable: "k",
			Timeout: 30 * time.Second, Visibility: 3 * time.Minute, MaxReceives: 7, StalledAfter: 4 * time.Minute,
			Retention: 30 * 24 * time.Hour, NodeTimeout: 9 * time.Second, Reserve: 2 * time.Second,
			Blueprints: "/flows", MaxStarts: 3, MaxHops: 99, MaxValue: 500_000,
			RescueLimit: 77, LogLevel: slog.LevelDebug, Metrics: false, Name: "orders",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
	})

	t.Run("all_faults_are_reported_together", func(t *testing.T) {
		t.Parallel()
		_, err := env.Load(func(name string) (string, bool) {
			value, ok := map[string]string{
				"FLOW_QUEUE_URL": "q", "FLOW_TIMEOUT": "1x", "FLOW_RESERVE": "0s", "FLOW_MAX_STARTS": "-1",
				"FLOW_MAX_VALUE": "5GB", "LOG_LEVEL": "loud", "FLOW_METRICS": "yes",
			}[name]
			return value, ok
		})
		if err == nil {
			t.Fatal("Load accepted a broken environment")
		}
		lines := strings.Split(err.Error(), "\n")
		for _, want := range []string{
			`FLOW_CONTEXT_TABLE is not set`, `FLOW_STATUS_TABLE is not set`, `FLOW_COORDINATION_TABLE is not set`,
			`FLOW_TIMEOUT is "1x": must be a duration`, `FLOW_RESERVE is "0s": must be positive`,
			`FLOW_MAX_STARTS is "-1": must be a whole number`, `FLOW_MAX_VALUE is "5GB": must be a number of bytes`,
			`LOG_LEVEL is "loud": must be one of`, `FLOW_METRICS is "yes": must be on or off`,
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error has no %q:\n%v", want, err)
			}
		}
		if len(lines) != 9 {
			t.Errorf("got %d faults, want 9:\n%v", len(lines), err)
		}
	})
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings env.Settings
		want     []string // what each warning names
	}{
		"defaults_have_none":              {env.Settings{Timeout: time.Minute, Visibility: 6 * time.Minute, MaxReceives: 5}, nil},
		"visibility_equal_to_least":       {env.Settings{Timeout: time.Minute, Visibility: 70 * time.Second, MaxReceives: 3}, nil},
		"visibility_below_timeout_and_10": {env.Settings{Timeout: time.Minute, Visibility: 69 * time.Second, MaxReceives: 3}, []string{"FLOW_VISIBILITY 1m9s"}},
		"two_receives":                    {env.Settings{Timeout: time.Second, Visibility: time.Minute, MaxReceives: 2}, []string{"FLOW_MAX_RECEIVES 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.settings.Warnings()
			if len(got) != len(test.want) {
				t.Fatalf("Warnings() = %q, want %d", got, len(test.want))
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("warning %q does not name %q", got[i], want)
				}
			}
		})
	}
}
