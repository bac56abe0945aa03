package flow

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// retryable reports whether the attempt that just failed is followed by another.
func retryable(config NodeConfig, failures int, err error) bool {
	if isPermanent(err) || failures >= max(config.MaxRetries, 1) {
		return false
	}
	return len(config.RetryOn) == 0 || slices.Contains(config.RetryOn, codeOf(err))
}

// retryDelay is the wait after the given number of failures: retryDelay ×
// factor^(failures-1), capped, drawn from [delay/2, delay] with jitter in
// [0,1), and rounded up to the second, since queues count in seconds.
func retryDelay(config NodeConfig, failures int, err error, jitter float64) time.Duration {
	if after, ok := retryAfter(err); ok {
		return ceilSecond(after)
	}
	delay := float64(config.RetryDelay)
	if b := config.Backoff; b != nil {
		delay *= math.Pow(cmp.Or(b.Factor, 1), float64(failures-1))
		if b.MaxDelay > 0 {
			delay = min(delay, float64(b.MaxDelay))
		}
		if b.Jitter {
			delay *= (1 + jitter) / 2
		}
	}
	return ceilSecond(time.Duration(min(delay, math.MaxInt64/4)))
}

func ceilSecond(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return (d + time.Second - 1).Truncate(time.Second)
}
