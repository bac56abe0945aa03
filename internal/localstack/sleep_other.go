//go:build !linux

package localstack

import "time"

// sleepUntil sleeps until a time, or a millisecond longer.
func sleepUntil(at time.Time) { time.Sleep(time.Until(at)) }
