package sim

import (
	"fmt"
	"slices"
)

// Rare is a state that few worlds reach, named by a sentence. A campaign counts the
// worlds that reach each: what no world reaches, none proves.
type Rare string

// sighting is a place at which rare states are recognised, and their names.
type sighting struct {
	place  string // the file
	see    func(*watcher) moments
	states []Rare
}

// sightings are all rare states, by their places.
var sightings = []sighting{
	{"sight_tasks.go", sightTasks, []Rare{
		LeaseRanOut, LeaseTakenOver, LateInline, ClaimGivenBack, GivenBackDone, ReleaseLost,
		LastStart, WorkersDied, AbandonedOnce, UnseenStart, RetryAfterDeath, RetryBeforeDue, EarlyRetry,
		HeldByRunning, HeldByDone, ClaimedLost, InlineLost, OutcomeAfterEnd, FallbackFailed,
	}},
	{"sight_joins.go", sightJoins, []Rare{
		JoinByDeadEdge, JoinDead, JoinFullAgain, AnyLate, AnyDeadLate, AnyAfterDead, AnyBeforeArrivals,
		ArrivedAgain, ShardComplete, ShardAgain, EndAgain,
	}},
	{"sight_runs.go", sightRuns, []Rare{
		StartTakenOver, CancelBeforeStart, CancelAmidCode, FailedBesideCode, TwoFailing, RunParked, RunBack,
		RescuedTwice, RescueRewarded, ReconcilerCompletes, ReconcilerFails, WaitsForCode, CodeCame, EndsOnOldVersion,
	}},
	{"sight_messages.go", sightMessages, []Rare{
		HandledTwice, HandledAfterDelete, WorkSentAgain, StartSentAgain, CancelSentAgain, SentAgainOften,
		StormOutlasts, StartHeld, NoTimeLeft, OtherStart, CancelOfEnded, RetryAfterEnd, TimerAfterEnd, TimerTwice,
	}},
	{"sight_expiry.go", sightExpiry, []Rare{StartOverExpired, ClaimOverExpired, ArrivalOverExpired, DeletedInUse, DeletedInPart}},
	{"sight_load.go", sightLoad, []Rare{ClaimContended, RunContended, ArrivalContended, CommitThrottled, MoreTimeGiven}},
	{"sight_forgeries.go", sightForgeries, []Rare{
		ForgedHops, ForgedAttempt, ForgedID, ForgedReturns, ForgedSince, ForgedMissing, ForgedTenant, ForgedBlueprint, ForgedRefused, ForgedWorked,
	}},
	{"sight_batches.go", sightBatches, []Rare{Batched, BatchDies, TurnAwaited, TurnInVain, SuspectWork}},
	{"sight_memory.go", sightMemory, []Rare{MemoryAwaited, MemoryShared, InputsTooLarge, EndsTooLarge}},
	{"sight_contexts.go", sightContexts, []Rare{
		CodeTimedOut, CodeLeft, RecordedAfterContext, SilentCommit, SilentClaim, SilentEffect, StrayAwaited, StrayBeside,
	}},
	{"sight_requests.go", sightRequests, []Rare{
		OwnClaim, OwnCommit, OwnStart, ClaimUnanswered, CommitUnanswered, ArrivalUnanswered, EndUnanswered, SendUnanswered,
		LateClaim, LateCommit, LateArrival, LateSend, LateRefused, DiesUnrecorded, DiesRecorded, DiesUnsent,
		ReconcilerDiesMarked, MarkLost, EndedTwice, TouchOfEnded, LockHeld, LockTakenOver,
	}},
}

// Rares returns all rare states, in the order in which they are reported.
func Rares() (all []Rare) {
	for _, s := range sightings {
		all = append(all, s.states...)
	}
	return all
}

// A campaign of enoughSeeds must reach each rare state in leastWorlds of them.
const (
	enoughSeeds = 50_000
	leastWorlds = 10
)

// Unreached returns the rare states that too few worlds have reached, with their
// numbers: none in a campaign that is too small to tell.
func (s Summary) Unreached() (few []string) {
	if s.Seeds < enoughSeeds {
		return nil
	}
	for _, state := range Rares() {
		if n := s.Reached[state]; n < leastWorlds {
			few = append(few, fmt.Sprintf("%q: %d", state, n))
		}
	}
	return few
}

// rares are the rare states to which a world has come.
type rares struct {
	scheduler *scheduler
	reached   []Rare
}

// reach records that the world has come to a rare state.
func (r *rares) reach(state Rare) {
	if !slices.Contains(r.reached, state) {
		r.scheduler.trace(r.scheduler.current, "rare: %s", state)
		r.reached = append(r.reached, state)
	}
}

// reachIf records a rare state if it has come.
func (r *rares) reachIf(come bool, state Rare) {
	if come {
		r.reach(state)
	}
}
