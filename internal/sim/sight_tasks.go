package sim

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Rare states of a task's record.
const (
	LeaseRanOut     Rare = "a lease ran out between a claim and its commit"
	LeaseTakenOver  Rare = "an expired lease is taken over"
	LateInline      Rare = "an unclaimed outcome is recorded after the lease of its message"
	ClaimGivenBack  Rare = "a claim is given back"
	GivenBackDone   Rare = "a task whose claim was given back is done"
	ReleaseLost     Rare = "a claim cannot be given back: another has the task"
	LastStart       Rare = "a task begins its last permitted start"
	WorkersDied     Rare = "a task fails since its workers have died"
	AbandonedOnce   Rare = "an at-most-once task fails since its worker has died"
	UnseenStart     Rare = "a claim counts a start that no claim has counted"
	RetryAfterDeath Rare = "an attempt fails after a worker has died of it"
	RetryBeforeDue  Rare = "a retry is claimed before the clock calls it due"
	EarlyRetry      Rare = "a message finds a retry that is not due"
	HeldByRunning   Rare = "a message finds its task at work elsewhere"
	HeldByDone      Rare = "a message finds its task done under a live lease"
	ClaimedLost     Rare = "a claimed task's outcome was recorded by another before"
	InlineLost      Rare = "an unclaimed task's outcome was recorded by another before"
	OutcomeAfterEnd Rare = "an outcome is recorded after its run has ended"
	FallbackFailed  Rare = "a fallback fails for good"
)

// sightTasks recognises rare states of tasks, by the records that claims and commits
// find and leave.
func sightTasks(w *watcher) moments {
	type taskOf struct {
		run  *run
		node string
	}
	givenBack := map[taskOf]bool{}
	return moments{
		task: func(t taskSeen) {
			key := taskOf{t.run, t.after.Node}
			sightClaim(w, t)
			sightOutcome(w, t)
			if t.before.State == flow.TaskRunning && t.after.State == flow.TaskRetrying && t.after.Owner == "" {
				w.reach(ClaimGivenBack)
				givenBack[key] = true
			}
			w.reachIf(t.after.State == flow.TaskDone && givenBack[key], GivenBackDone)
		},
		refused: func(r refusedSeen) {
			if r.claim {
				sightRefusedClaim(w, r.stored)
				return
			}
			w.reachIf(r.wanted.Owner == "", ReleaseLost)
			w.reachIf(r.wanted.Owner != "" && r.claimed, ClaimedLost)
			w.reachIf(r.wanted.Owner != "" && !r.claimed, InlineLost)
		},
	}
}

// sightClaim looks at a record that has become, or is, a running one.
func sightClaim(w *watcher, t taskSeen) {
	before, after := t.before, t.after
	if after.State != flow.TaskRunning || before.Owner == after.Owner {
		return
	}
	w.reachIf(before.State == flow.TaskRunning, LeaseTakenOver)
	w.reachIf(after.Starts == maxStarts, LastStart)
	w.reachIf(before.State == "" && after.Starts > 1, UnseenStart)
	w.reachIf(before.State == flow.TaskRetrying && before.DueAt.After(w.scheduler.current.home.clock()), RetryBeforeDue)
}

// sightOutcome looks at a record that has an outcome, or the failure of an attempt.
func sightOutcome(w *watcher, t taskSeen) {
	before, after := t.before, t.after
	if before.State.Committed() || !after.State.Committed() && !t.retries() {
		return
	}
	n := w.setting.graphOf(t.run).byID[after.Node]
	w.reachIf(before.State == flow.TaskRunning && before.Owner == after.Owner && before.LeaseUntil.Before(w.scheduler.time()), LeaseRanOut)
	w.reachIf(before.State == "" && after.LeaseUntil.Before(w.scheduler.time()), LateInline)
	w.reachIf(t.retries() && before.Starts > 1, RetryAfterDeath)
	w.reachIf(t.run.state.Status.Terminal(), OutcomeAfterEnd)
	if after.State == flow.TaskFailed {
		died := after.Error.Code == state.CodeWorkerDied
		w.reachIf(died && !n.once, WorkersDied)
		w.reachIf(died && n.once, AbandonedOnce)
		w.reachIf(n.primary != nil, FallbackFailed)
	}
}

// sightRefusedClaim looks at the record that a claim has met.
func sightRefusedClaim(w *watcher, stored state.TaskRecord) {
	now := w.scheduler.current.home.clock()
	live := stored.LeaseUntil.After(now)
	w.reachIf(stored.State == flow.TaskRetrying, EarlyRetry)
	w.reachIf(stored.State == flow.TaskRunning && live, HeldByRunning)
	w.reachIf(stored.State.Committed() && live, HeldByDone)
}
