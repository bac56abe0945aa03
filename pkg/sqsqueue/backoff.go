package sqsqueue

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
)

// MaxBackoff is the limit of [Backoff].
const MaxBackoff = 2 * time.Minute

// Backoff returns the time for which a message that could not be handled stays
// invisible after so many receives: a value, chosen by jitter in [0,1), from the
// upper half of 1 s × 2^receives, which is at most [MaxBackoff].
func Backoff(receives int, jitter float64) time.Duration {
	return backoff.Jittered(backoff.Exponential(time.Second, 1+max(receives, 0), MaxBackoff), jitter)
}
