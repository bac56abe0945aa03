package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// moments are the functions by which an invariant is checked, by the moment at which
// they are called; nil at other moments.
type moments struct {
	started      func(start)                                       // node code starts
	task         func(taskSeen)                                    // a claim or a commit shows a record
	changed      func(runSeen)                                     // a run has changed
	ended        func(*run)                                        // a run has ended
	arrived      func(arrivalSeen)                                 // a source has arrived at a join
	refused      func(refusedSeen)                                 // the condition of a claim or a commit did not hold
	given        func(p *process)                                  // a process holds large values, which it has read or made
	loaded       func(r fault.Request, kind fault.Kind)            // a request fails by load
	asked        func(r fault.Request, kind fault.Kind)            // a request begins
	answered     func(r fault.Request, kind fault.Kind, err error) // a request has taken effect, or a worker died at it
	received     func(p *process)                                  // a worker begins with a message
	sent         func(p *process, sent *message)
	settled      func(p *process) // it answers its message
	returned     func(p *process, err error)
	dropped      func(*run) // a timer of the run is dropped
	acknowledged func(p *process)
	locked       func(lockSeen) // a lock was asked for
	released     func(key, owner string)
	rested       func()                       // the world has come to rest
	compared     func(r *run, ref *reference) // a run that has ended, once the world rests
}

// start is a start of node code.
type start struct {
	run     *run
	node    *node
	attempt int
	process *process
}

// taskSeen is a record that a claim or a commit found or left.
type taskSeen struct {
	run           *run
	before, after state.TaskRecord
}

// retries reports whether the record has become one that awaits another attempt.
func (t taskSeen) retries() bool {
	return t.after.State == flow.TaskRetrying && t.after.Failures > t.before.Failures
}

// refusedSeen is a claim or a commit whose condition did not hold.
type refusedSeen struct {
	claim   bool
	claimed bool             // a commit under a claim
	wanted  state.TaskRecord // of a commit: the record that it was to leave
	stored  state.TaskRecord
}

// runSeen is a change of a run.
type runSeen struct {
	run           *run
	before, after state.Run
}

// arrivalSeen is an arrival, and the join after it.
type arrivalSeen struct {
	run     *run
	arrival state.Arrival
	join    state.Join
}

// lockSeen is the answer to a request for a lock.
type lockSeen struct {
	key, owner string
	ttl        time.Duration
	given      bool
}

// invariants are checked in this order at each moment. The other files check_….go
// have checks that one place of the simulation calls.
var invariants = []func(*watcher) moments{
	commitsOnce, failuresCount, joinFiresOnce, arrivalsAreDecided,
	endsOnce, startsOnce, rescuesBackOff, endsByItsRules,
	untakenNeverRuns, recordedNeverRestarts, oneAtATime, straysAreAwaited, outcomesAreRecorded, timeoutsAreTrue, atMostOnce, attemptsAreBounded, retriesArePunctual,
	loserClaims, nothingAfterTheEnd, startsInTime,
	hopsCount, tenantsAreKept, suspectsAreAlone, forgedJobsAreRefused, cancelsTakeEffect,
	matchesReference, contextIsWritten, reportIsTrue, nothingIsLeft, memoryIsBounded, locksExclude, goesOnInTime, withinBudget, healthyIsLeftAlone,
}
