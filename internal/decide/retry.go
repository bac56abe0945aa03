package decide

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// retryable reports whether another attempt follows the one that just failed.
func retryable(config flow.NodeConfig, failures int, f *Fault) bool {
	if f.Permanent || //rule:permanent-not-retried
		failures >= max(config.MaxRetries, 1) { //rule:attempts-bounded = failures > max(config.MaxRetries, 1)
		return false
	}
	return len(config.RetryOn) == 0 || slices.Contains(config.RetryOn, f.Code)
}

// retryDelay returns the wait after the given number of failures: retryDelay ×
// factor^(failures-1), capped, drawn from [delay/2, delay] with jitter in [0,1), and
// rounded up to whole seconds, since queues count in seconds.
func retryDelay(config flow.NodeConfig, failures int, f *Fault, jitter float64) time.Duration {
	if f.RetryAfter != nil {
		return backoff.CeilSecond(*f.RetryAfter)
	}
	delay := float64(config.RetryDelay)
	if b := config.Backoff; b != nil {
		delay *= math.Pow(cmp.Or(b.Factor, 1), float64(failures-1))
		if b.MaxDelay > 0 {
			delay = min(delay, float64(b.MaxDelay))
		}
		if b.Jitter {
			delay = float64(backoff.Jittered(duration(delay), jitter))
		}
	}
	return backoff.CeilSecond(duration(delay)) //rule:due-time-not-early = duration(delay).Truncate(time.Second)
}

// duration converts nanoseconds, bounded far below an overflow.
func duration(d float64) time.Duration { return time.Duration(min(d, math.MaxInt64/4)) }
