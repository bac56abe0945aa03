package decide

import (
	"errors"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	plain := errors.New("no")
	for name, tc := range map[string]struct {
		config   flow.NodeConfig
		failures int
		err      error
		jitter   float64
		want     time.Duration
	}{
		"no delay":                         {flow.NodeConfig{}, 1, plain, 0, 0},
		"whole seconds stay":               {flow.NodeConfig{RetryDelay: 2 * time.Second}, 1, plain, 0, 2 * time.Second},
		"rounded up, never early":          {flow.NodeConfig{RetryDelay: 1001 * time.Millisecond}, 1, plain, 0, 2 * time.Second},
		"constant without backoff":         {flow.NodeConfig{RetryDelay: 2 * time.Second}, 4, plain, 0, 2 * time.Second},
		"first retry has no factor":        {flow.NodeConfig{RetryDelay: time.Second, Backoff: &flow.Backoff{Factor: 3}}, 1, plain, 0, time.Second},
		"factor per further retry":         {flow.NodeConfig{RetryDelay: time.Second, Backoff: &flow.Backoff{Factor: 3}}, 3, plain, 0, 9 * time.Second},
		"factor 0 is 1":                    {flow.NodeConfig{RetryDelay: time.Second, Backoff: &flow.Backoff{}}, 3, plain, 0, time.Second},
		"capped":                           {flow.NodeConfig{RetryDelay: time.Second, Backoff: &flow.Backoff{Factor: 10, MaxDelay: 20 * time.Second}}, 9, plain, 0, 20 * time.Second},
		"huge powers do not overflow":      {flow.NodeConfig{RetryDelay: time.Hour, Backoff: &flow.Backoff{Factor: 1e9, MaxDelay: time.Hour}}, 400, plain, 0, time.Hour},
		"jitter 0 is half":                 {flow.NodeConfig{RetryDelay: 8 * time.Second, Backoff: &flow.Backoff{Factor: 1, Jitter: true}}, 1, plain, 0, 4 * time.Second},
		"jitter near 1 is whole":           {flow.NodeConfig{RetryDelay: 8 * time.Second, Backoff: &flow.Backoff{Factor: 1, Jitter: true}}, 1, plain, 0.999, 8 * time.Second},
		"no jitter unless asked for":       {flow.NodeConfig{RetryDelay: 8 * time.Second}, 1, plain, 0, 8 * time.Second},
		"the error's own delay wins":       {flow.NodeConfig{RetryDelay: 8 * time.Second}, 1, flow.RetryAfter(plain, 1500*time.Millisecond), 0, 2 * time.Second},
		"the error's own delay of nothing": {flow.NodeConfig{RetryDelay: 8 * time.Second}, 1, flow.RetryAfter(plain, -time.Second), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := retryDelay(tc.config, tc.failures, FaultOf(tc.err), tc.jitter); got != tc.want {
				t.Errorf("retryDelay = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestRetryable(t *testing.T) {
	t.Parallel()
	plain := errors.New("no")
	for name, tc := range map[string]struct {
		config   flow.NodeConfig
		failures int
		err      error
		want     bool
	}{
		"one attempt by default":             {flow.NodeConfig{}, 1, plain, false},
		"attempts are counted in all":        {flow.NodeConfig{MaxRetries: 3}, 2, plain, true},
		"the last attempt is the last":       {flow.NodeConfig{MaxRetries: 3}, 3, plain, false},
		"permanent is never retried":         {flow.NodeConfig{MaxRetries: 3}, 1, flow.Permanent(plain), false},
		"permanent below a code":             {flow.NodeConfig{MaxRetries: 3}, 1, flow.WithCode(flow.Permanent(plain), "x"), false},
		"a listed code is retried":           {flow.NodeConfig{MaxRetries: 3, RetryOn: []string{"y", "x"}}, 1, flow.WithCode(plain, "x"), true},
		"a code that is not listed is not":   {flow.NodeConfig{MaxRetries: 3, RetryOn: []string{"y"}}, 1, flow.WithCode(plain, "x"), false},
		"an error without code has one":      {flow.NodeConfig{MaxRetries: 3, RetryOn: []string{"error"}}, 1, plain, true},
		"permanent wins over a listed code":  {flow.NodeConfig{MaxRetries: 3, RetryOn: []string{"x"}}, 1, flow.Permanent(flow.WithCode(plain, "x")), false},
		"retry after is still bounded":       {flow.NodeConfig{MaxRetries: 2}, 2, flow.RetryAfter(plain, time.Second), false},
		"the outermost code is the one seen": {flow.NodeConfig{MaxRetries: 2, RetryOn: []string{"outer"}}, 1, flow.WithCode(flow.WithCode(plain, "inner"), "outer"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := retryable(tc.config, tc.failures, FaultOf(tc.err)); got != tc.want {
				t.Errorf("retryable = %v, want %v", got, tc.want)
			}
		})
	}
}
