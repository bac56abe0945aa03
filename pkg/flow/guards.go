package flow

import "time"

// The conditions of the engine's writes, all of them. Each is data that a
// store evaluates; what a conflict means is said at the write.

// guardClaim: the task is free for the message with this attempt number. A
// task is free when it was never started, when its owner's lease has run out
// (not for at-most-once code), or when its retry is due; the message that
// carries the next attempt's number is itself the sign that it is due.
func guardClaim(now time.Time, attempt int, semantics Semantics) Guard {
	free := []Guard{
		Absent("state"),
		And(Equal("state", TaskRetrying), Or(AtMost("dueAt", now.UnixMilli()), Equal("failures", attempt-1))),
	}
	if semantics != AtMostOnce {
		free = append(free, And(Equal("state", TaskRunning), AtMost("leaseUntil", now.UnixMilli())))
	}
	return Or(free...)
}

// guardOwned: the task runs under owner's claim.
func guardOwned(owner string) Guard {
	return And(Equal("state", TaskRunning), Equal("owner", owner))
}

// guardUnclaimed: nobody has claimed or committed the task.
func guardUnclaimed() Guard { return Absent("state") }

// guardRunning: the run has not ended.
func guardRunning() Guard { return Equal("status", Running) }

// guardFinish: the run has not ended, and was not redriven since it was read.
func guardFinish(epoch int) Guard {
	return And(Equal("status", Running), Equal("epoch", epoch))
}

// guardRestart: the start message's last owner is gone, and the run goes on.
func guardRestart(messageID string, now time.Time) Guard {
	return And(Equal("startMessageId", messageID), AtMost("startLeaseUntil", now.UnixMilli()), Equal("status", Running))
}

// guardUntouched: the run goes on, and nobody has touched it since it was read.
func guardUntouched(lastUpdated time.Time) Guard {
	return And(Equal("lastUpdated", lastUpdated.Unix()), Equal("status", Running))
}
