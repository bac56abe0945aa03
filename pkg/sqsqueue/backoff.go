package sqsqueue

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
)

// MaxBackoff bounds [Backoff].
const MaxBackoff = 2 * time.Minute

// Backoff is how long a message that could not be handled stays away after so
// many receives: drawn, by jitter in [0,1), from the upper half of 1 s ×
// 2^receives, which is at most [MaxBackoff].
func Backoff(receives int, jitter float64) time.Duration {
	return backoff.Jittered(backoff.Exponential(time.Second, 1+max(receives, 0), MaxBackoff), jitter)
}
