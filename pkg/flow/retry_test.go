package flow

import (
	"errors"
	"testing"
	"time"
)

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	plain := errors.New("no")
	for name, tc := range map[string]struct {
		config   NodeConfig
		failures int
		err      error
		jitter   float64
		want     time.Duration
	}{
		"no delay":                         {NodeConfig{}, 1, plain, 0, 0},
		"whole seconds stay":               {NodeConfig{RetryDelay: 2 * time.Second}, 1, plain, 0, 2 * time.Second},
		"rounded up, never early":          {NodeConfig{RetryDelay: 1001 * time.Millisecond}, 1, plain, 0, 2 * time.Second},
		"constant without backoff":         {NodeConfig{RetryDelay: 2 * time.Second}, 4, plain, 0, 2 * time.Second},
		"first retry has no factor":        {NodeConfig{RetryDelay: time.Second, Backoff: &Backoff{Factor: 3}}, 1, plain, 0, time.Second},
		"factor per further retry":         {NodeConfig{RetryDelay: time.Second, Backoff: &Backoff{Factor: 3}}, 3, plain, 0, 9 * time.Second},
		"factor 0 is 1":                    {NodeConfig{RetryDelay: time.Second, Backoff: &Backoff{}}, 3, plain, 0, time.Second},
		"capped":                           {NodeConfig{RetryDelay: time.Second, Backoff: &Backoff{Factor: 10, MaxDelay: 20 * time.Second}}, 9, plain, 0, 20 * time.Second},
		"huge powers do not overflow":      {NodeConfig{RetryDelay: time.Hour, Backoff: &Backoff{Factor: 1e9, MaxDelay: time.Hour}}, 400, plain, 0, time.Hour},
		"jitter 0 is half":                 {NodeConfig{RetryDelay: 8 * time.Second, Backoff: &Backoff{Factor: 1, Jitter: true}}, 1, plain, 0, 4 * time.Second},
		"jitter near 1 is whole":           {NodeConfig{RetryDelay: 8 * time.Second, Backoff: &Backoff{Factor: 1, Jitter: true}}, 1, plain, 0.999, 8 * time.Second},
		"no jitter unless asked for":       {NodeConfig{RetryDelay: 8 * time.Second}, 1, plain, 0, 8 * time.Second},
		"the error's own delay wins":       {NodeConfig{RetryDelay: 8 * time.Second}, 1, RetryAfter(plain, 1500*time.Millisecond), 0, 2 * time.Second},
		"the error's own delay of nothing": {NodeConfig{RetryDelay: 8 * time.Second}, 1, RetryAfter(plain, -time.Second), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := retryDelay(tc.config, tc.failures, tc.err, tc.jitter); got != tc.want {
				t.Errorf("retryDelay = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestRetryable(t *testing.T) {
	t.Parallel()
	plain := errors.New("no")
	for name, tc := range map[string]struct {
		config   NodeConfig
		failures int
		err      error
		want     bool
	}{
		"one attempt by default":             {NodeConfig{}, 1, plain, false},
		"attempts are counted in all":        {NodeConfig{MaxRetries: 3}, 2, plain, true},
		"the last attempt is the last":       {NodeConfig{MaxRetries: 3}, 3, plain, false},
		"permanent is never retried":         {NodeConfig{MaxRetries: 3}, 1, Permanent(plain), false},
		"permanent below a code":             {NodeConfig{MaxRetries: 3}, 1, WithCode(Permanent(plain), "x"), false},
		"a listed code is retried":           {NodeConfig{MaxRetries: 3, RetryOn: []string{"y", "x"}}, 1, WithCode(plain, "x"), true},
		"a code that is not listed is not":   {NodeConfig{MaxRetries: 3, RetryOn: []string{"y"}}, 1, WithCode(plain, "x"), false},
		"an error without code has one":      {NodeConfig{MaxRetries: 3, RetryOn: []string{"error"}}, 1, plain, true},
		"permanent wins over a listed code":  {NodeConfig{MaxRetries: 3, RetryOn: []string{"x"}}, 1, Permanent(WithCode(plain, "x")), false},
		"retry after is still bounded":       {NodeConfig{MaxRetries: 2}, 2, RetryAfter(plain, time.Second), false},
		"the outermost code is the one seen": {NodeConfig{MaxRetries: 2, RetryOn: []string{"outer"}}, 1, WithCode(WithCode(plain, "inner"), "outer"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := retryable(tc.config, tc.failures, tc.err); got != tc.want {
				t.Errorf("retryable = %v, want %v", got, tc.want)
			}
		})
	}
}
