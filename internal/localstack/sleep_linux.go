package localstack

import (
	"syscall"
	"time"
)

// sleepUntil sleeps more precisely than a timer of the runtime, which may be a millisecond
// late: as much as a quarter of the time that a request takes.
func sleepUntil(at time.Time) {
	for left := time.Until(at); left > 0; left = time.Until(at) {
		span := syscall.NsecToTimespec(int64(left))
		_ = syscall.Nanosleep(&span, nil) // interrupted, it goes on
	}
}
