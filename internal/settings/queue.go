package settings

import (
	"fmt"
	"time"
)

// QueueRetention is the time for which a deployed queue keeps a message. The records of
// a run must be kept for longer: a start that comes when they have expired would begin
// the run once more.
const QueueRetention = 10 * 24 * time.Hour

// QueueSettings holds the settings of the queue, and the timeout that they must
// fit.
type QueueSettings struct {
	Timeout, Visibility time.Duration
	MaxReceives         int
}

// Warnings returns the settings that cost time or work, but no guarantee: a local
// queue may be set so on purpose. skew is the largest difference between clocks.
// The engine refuses timings that would break a guarantee.
func (q QueueSettings) Warnings(skew time.Duration) []string {
	var warnings []string
	if least := q.Timeout + 2*skew; q.Visibility < least {
		warnings = append(warnings, fmt.Sprintf(
			"FLOW_VISIBILITY %s is less than FLOW_TIMEOUT + %s = %s: messages come back while their lease lives, and each return costs a receive",
			q.Visibility, 2*skew, least))
	}
	if q.MaxReceives < 3 {
		warnings = append(warnings, fmt.Sprintf(
			"FLOW_MAX_RECEIVES %d is less than 3 (a crash, a return, a success): set the queue's maxReceiveCount to 5", q.MaxReceives))
	}
	return warnings
}
