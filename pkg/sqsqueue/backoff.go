package sqsqueue

import "time"

// MaxBackoff bounds [Backoff].
const MaxBackoff = 5 * time.Minute

// Backoff is how long a message that could not be handled stays away after so
// many receives: 1 s × 2^receives, at most [MaxBackoff], of which jitter (in
// [0,1)) takes a part of the second half away.
func Backoff(receives int, jitter float64) time.Duration {
	// 2^9 s is beyond the bound: a greater shift would only overflow.
	return jittered(min(time.Second<<min(max(receives, 0), 9), MaxBackoff), jitter)
}

// jittered draws from (d/2, d].
func jittered(d time.Duration, jitter float64) time.Duration {
	return d - time.Duration(jitter*float64(d/2))
}
