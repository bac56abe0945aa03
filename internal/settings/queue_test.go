package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		queue settings.QueueSettings
		want  []string // the beginning of each warning
	}{
		"defaults_have_none":              {settings.QueueSettings{Timeout: time.Minute, Visibility: 6 * time.Minute, MaxReceives: 5}, nil},
		"visibility_equal_to_least":       {settings.QueueSettings{Timeout: time.Minute, Visibility: 70 * time.Second, MaxReceives: 3}, nil},
		"visibility_below_timeout_and_10": {settings.QueueSettings{Timeout: time.Minute, Visibility: 69 * time.Second, MaxReceives: 3}, []string{"FLOW_VISIBILITY 1m9s"}},
		"two_receives":                    {settings.QueueSettings{Timeout: time.Second, Visibility: time.Minute, MaxReceives: 2}, []string{"FLOW_MAX_RECEIVES 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.queue.Warnings(5 * time.Second)
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
