// Package backoff computes every wait between two tries.
package backoff

import "time"

// Exponential returns base, doubled with each further try (from 1), and at most
// limit.
func Exponential(base time.Duration, try int, limit time.Duration) time.Duration {
	d := base
	for range try - 1 {
		if d >= limit {
			break
		}
		d *= 2
	}
	return min(d, limit)
}

// Jittered draws from the upper half of d, [d/2, d), by a number of [0,1).
func Jittered(d time.Duration, jitter float64) time.Duration {
	return d/2 + time.Duration(jitter*float64(d-d/2))
}

// CeilSecond rounds up to whole seconds, the unit of queues; 0 for a negative d.
func CeilSecond(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return (d + time.Second - 1).Truncate(time.Second)
}
