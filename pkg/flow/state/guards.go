package state

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The conditions of all writes, of the engine and of the stores. Each is data that
// a store evaluates; the meaning of a conflict is documented at the write.

// GuardGone holds on an item that counts as absent although it is stored: its time
// to expire has passed. It may be deleted, and replaced as a whole.
func GuardGone(now time.Time) Guard { return Less("ttl", now.Unix()) }

// GuardCreate is the condition under which a run is created: no run has its id.
func GuardCreate(now time.Time) Guard { return Or(Absent("runId"), GuardGone(now)) }

// GuardFresh holds on an item that does not exist, or has not expired: nothing is
// added to an expired item.
func GuardFresh(now time.Time) Guard { return Or(Absent("ttl"), AtLeast("ttl", now.Unix())) }

// GuardOutlives holds on an item that does not exist, or would expire before expires: an
// item whose content its key determines is written again only to keep it longer.
func GuardOutlives(expires time.Time) Guard { return Or(Absent("ttl"), Less("ttl", expires.Unix())) }

// GuardRun holds when the run exists. A store adds it to the guard of every
// [RunChange], so that no change creates a run.
func GuardRun(runID string) Guard { return Equal("runId", runID) }

// GuardRestart holds when the lease of the start message's last owner has expired
// and the run is running.
func GuardRestart(messageID string, now time.Time) Guard {
	return And(Equal("startMessageId", messageID), AtMost("startLeaseUntil", now.UnixMilli()), Equal("status", flow.Running))
}

// GuardRunning holds while the run has not ended.
func GuardRunning() Guard { return Equal("status", flow.Running) }

// GuardUntouched holds when the run is running and was not touched since it was
// read.
func GuardUntouched(lastUpdated time.Time) Guard {
	return And(Equal("lastUpdated", lastUpdated.Unix()), Equal("status", flow.Running))
}

// GuardFinish holds when the run has not ended and was not redriven since it was
// read.
func GuardFinish(epoch int) Guard {
	return And(Equal("status", flow.Running), Equal("epoch", epoch))
}

// GuardClaim holds when the task is free for the message with this attempt number.
// A task is free if it was never started, if its owner's lease has expired (not for
// at-most-once code), or if its retry is due. A message with the next attempt's
// number may come as early as clocks differ; a forged one comes no earlier. An expired
// record must be deleted first: nothing of it is kept.
func GuardClaim(now time.Time, attempt int, semantics flow.Semantics) Guard {
	free := []Guard{
		Absent("state"),
		And(Equal("state", flow.TaskRetrying), Or(AtMost("dueAt", now.UnixMilli()),
			And(Equal("failures", attempt-1), AtMost("dueAt", now.Add(Skew).UnixMilli())))),
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

// GuardUnclaimed holds when the task was neither claimed nor committed.
func GuardUnclaimed(now time.Time) Guard { return Or(Absent("state"), GuardGone(now)) }

// GuardNewer holds when the stored value of a context key is no newer than a write
// with this clock. A value without a clock was written before there were any, or by
// code beside the engine before the key's first write.
func GuardNewer(clock Clock, now time.Time) Guard {
	return Or(Absent("clock"), Before("clock", string(clock)), GuardGone(now))
}

// GuardLock is the condition under which owner may take a lock at time now: the
// lock is free, it has expired, or owner already holds it.
func GuardLock(owner string, now time.Time) Guard {
	return Or(GuardExpired(now), GuardLockOwner(owner))
}

// GuardLockOwner holds when owner holds the lock, expired or not.
func GuardLockOwner(owner string) Guard { return Equal("owner", owner) }

// GuardHeld holds while owner holds the lock and it has not expired.
func GuardHeld(owner string, now time.Time) Guard {
	return And(GuardLockOwner(owner), GuardLasts(now))
}

// GuardLasts holds while a lock or counter has not expired before now.
func GuardLasts(now time.Time) Guard { return AtLeast("expiresAt", now.UnixMilli()) }

// GuardExpired holds when a lock or counter does not exist, or expired before now.
func GuardExpired(now time.Time) Guard {
	return Or(Absent("expiresAt"), Less("expiresAt", now.UnixMilli()))
}
