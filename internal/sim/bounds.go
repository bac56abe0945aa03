package sim

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Bound is a published time: within it runs go on again after a fault of some kinds.
type Bound struct {
	Faults []fault.Kind
	Within string // in terms of the settings
	within func(*setting) time.Duration
}

// Bounds returns the bounds of all faults. docs/guarantees.md has them as a table.
func Bounds() []Bound { return slices.Clone(bounds) }

var bounds = []Bound{
	{[]fault.Kind{fault.CrashBefore, fault.CrashAfter, fault.NodeCrash, fault.AnswerLost, fault.Slow, fault.Silent, fault.ContextEnds, fault.LateEffect, fault.ZombieBefore, fault.ZombieAfter, fault.NodeHangs},
		"`FLOW_VISIBILITY` + `FLOW_TIMEOUT` + 10 s + 150 s", comesBack},
	{[]fault.Kind{fault.Refused, fault.PartialSend, fault.Storm, fault.Contention, fault.Throttled},
		"`FLOW_TIMEOUT` + 10 s + 150 s, from the last refusal on", refused},
	{[]fault.Kind{fault.Repeated, fault.Duplicate, fault.DuplicateNew, fault.ForgedFields, fault.ForgedJob, fault.SecondStart, fault.Cancel, fault.Torn, fault.LastReceive, fault.UsedAgain},
		"`FLOW_TIMEOUT` + 10 s + 150 s: a duplicate may hold a task so long", refused},
	{[]fault.Kind{fault.OldWorker}, "150 s after a worker with the code is there", func(*setting) time.Duration { return returns }},
	{[]fault.Kind{fault.DeadLetter}, "2 × `FLOW_STALLED_AFTER` + 2 ticks + 150 s, doubled by each further loss up to an hour; 2 hours if the queue is never empty", missed},
	{[]fault.Kind{fault.Late}, "the message's delay, or as after a dead letter", func(s *setting) time.Duration { return longestLate + missed(s) }},
	{[]fault.Kind{fault.QueueBehind}, "the delay of the queue, and an hour", func(*setting) time.Duration { return longestBehind + time.Hour }},
	{[]fault.Kind{fault.ReconcilerCrash, fault.ReconcilerSlow, fault.ReconcilerRefused, fault.StaleLock},
		"`FLOW_STALLED_AFTER` + 2 ticks + `FLOW_TIMEOUT` + 10 s + 150 s", locked},
}

const (
	returns       = 150 * time.Second // more than a message that is returned, or sent again, waits
	longestLate   = 20 * time.Minute
	longestBehind = 31 * time.Minute
)

// longest returns the longest timeout of workers.
func (s *setting) longest() time.Duration { return max(s.timings.timeout, s.lowered) }

// comesBack is the time after which a message whose worker has died is handled again: it
// is visible again, and the lease of its worker has expired.
func comesBack(s *setting) time.Duration {
	return s.timings.visibility + s.longest() + 2*state.Skew + returns
}

// refused is the time after which a task is free again whose claim could not be given
// back.
func refused(s *setting) time.Duration { return s.longest() + 2*state.Skew + returns }

// missed is the time after which a reconciler sends a message again that was lost.
func missed(s *setting) time.Duration { return 2*s.timings.stalledAfter + 2*s.timings.tick + returns }

func locked(s *setting) time.Duration {
	return s.timings.stalledAfter + 2*s.timings.tick + s.longest() + 2*state.Skew + returns
}

// boundOf returns the time within which runs go on after the last of all these faults:
// each may add its own.
func boundOf(s *setting, hits map[fault.Kind]int) (bound time.Duration) {
	for _, b := range bounds {
		if slices.ContainsFunc(b.Faults, func(k fault.Kind) bool { return hits[k] > 0 }) {
			bound += b.within(s)
		}
	}
	if losses := hits[fault.DeadLetter]; losses > 1 { // each rescue doubles the wait for the next
		bound += min(missed(s)<<min(losses, 10), 2*time.Hour)
	}
	return bound
}
