package state

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The conditions of all writes, of the engine and of the stores. Each is data
// that a store evaluates; what a conflict means is said at the write.

// GuardGone holds on an item that counts as absent although it is still there:
// its time to expire has passed. It may be deleted, and replaced as a whole.
func GuardGone(now time.Time) Guard { return Less("ttl", now.Unix()) }

// GuardCreate is the condition under which a run is created: there is none of
// its id.
func GuardCreate(now time.Time) Guard { return Or(Absent("runId"), GuardGone(now)) }

// GuardFresh holds on an item that is not there, or has not expired: nothing is
// added to one that has.
func GuardFresh(now time.Time) Guard { return Or(Absent("ttl"), AtLeast("ttl", now.Unix())) }

// GuardRun holds when the run exists. A store adds it to the guard of every
// [RunChange], so that no change brings a run into being.
func GuardRun(runID string) Guard { return Equal("runId", runID) }

// GuardRestart holds when the start message's last owner is gone, and the run
// goes on.
func GuardRestart(messageID string, now time.Time) Guard {
	return And(Equal("startMessageId", messageID), AtMost("startLeaseUntil", now.UnixMilli()), Equal("status", flow.Running))
}

// GuardRunning holds while the run has not ended.
func GuardRunning() Guard { return Equal("status", flow.Running) }

// GuardUntouched holds when the run goes on, and nobody has touched it since it
// was read.
func GuardUntouched(lastUpdated time.Time) Guard {
	return And(Equal("lastUpdated", lastUpdated.Unix()), Equal("status", flow.Running))
}

// GuardFinish holds when the run has not ended, and was not redriven since it
// was read.
func GuardFinish(epoch int) Guard {
	return And(Equal("status", flow.Running), Equal("epoch", epoch))
}

// GuardClaim holds when the task is free for the message with this attempt
// number. A task is free when it was never started, when its owner's lease has
// run out (not for at-most-once code), or when its retry is due; the message
// that carries the next attempt's number is itself the sign that it is due. An
// expired record must be gone first: nothing of it is kept.
func GuardClaim(now time.Time, attempt int, semantics flow.Semantics) Guard {
	free := []Guard{
		Absent("state"),
		And(Equal("state", flow.TaskRetrying), Or(AtMost("dueAt", now.UnixMilli()), Equal("failures", attempt-1))),
	}
	if semantics != flow.AtMostOnce {
		free = append(free, And(Equal("state", flow.TaskRunning), AtMost("leaseUntil", now.UnixMilli())))
	}
	return And(GuardFresh(now), Or(free...))
}

// GuardOwned holds while the task runs under owner's claim.
func GuardOwned(owner string) Guard {
	return And(Equal("state", flow.TaskRunning), Equal("owner", owner))
}

// GuardUnclaimed holds when nobody has claimed or committed the task.
func GuardUnclaimed(now time.Time) Guard { return Or(Absent("state"), GuardGone(now)) }

// GuardLock is the condition under which owner may take a lock at time now:
// nobody has it, it has expired, or it is owner's own already.
func GuardLock(owner string, now time.Time) Guard {
	return Or(GuardExpired(now), GuardLockOwner(owner))
}

// GuardLockOwner holds when owner has the lock, expired or not.
func GuardLockOwner(owner string) Guard { return Equal("owner", owner) }

// GuardHeld holds while owner has the lock and it has not expired.
func GuardHeld(owner string, now time.Time) Guard {
	return And(GuardLockOwner(owner), GuardLasts(now))
}

// GuardLasts holds while a lock or counter has not ended before now.
func GuardLasts(now time.Time) Guard { return AtLeast("expiresAt", now.UnixMilli()) }

// GuardExpired holds when a lock or counter is not there, or ended before now.
func GuardExpired(now time.Time) Guard {
	return Or(Absent("expiresAt"), Less("expiresAt", now.UnixMilli()))
}
