package suites

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// claimGuardFacts returns facts about the stored records on which a guard holds,
// one for each of its alternatives.
func claimGuardFacts() []fact {
	none := state.TaskRecord{}
	running := func(lease time.Time) state.TaskRecord {
		return state.TaskRecord{State: flow.TaskRunning, LeaseUntil: lease}
	}
	retrying := func(due time.Time, failures int) state.TaskRecord {
		return state.TaskRecord{State: flow.TaskRetrying, DueAt: due, Failures: failures}
	}
	others := state.TaskRecord{State: flow.TaskRunning, Owner: "other"}
	once := state.GuardClaim(at, 2, flow.AtMostOnce)
	live, now := at.Add(time.Hour), at.UnixMilli()
	tests := []struct {
		name   string
		stored state.TaskRecord
		guard  state.Guard
		holds  bool
	}{
		{"an absent task is free", none, claimable(1), true},
		{"an expired lease is free", running(at.Add(-time.Millisecond)), claimable(1), true},
		{"a lease that ends now is free", running(at), claimable(1), true},
		{"a lease that ends in a moment is not free", running(at.Add(time.Millisecond)), claimable(1), false},
		{"a live lease is not free", running(live), claimable(1), false},
		{"a running task without lease is not free", running(time.Time{}), claimable(1), false},
		{"a due retry is free", retrying(at.Add(-time.Hour), 1), claimable(7), true},
		{"a retry due now is free", retrying(at, 1), claimable(7), true},
		{"a retry is free for its attempt as early as clocks differ", retrying(at.Add(state.Skew), 3), claimable(4), true},
		{"a retry is not free earlier for its attempt", retrying(at.Add(state.Skew+time.Millisecond), 3), claimable(4), false},
		{"a retry not due is not free for an earlier attempt", retrying(at.Add(state.Skew), 3), claimable(3), false},
		{"a retry not due is not free for a later attempt", retrying(at.Add(state.Skew), 3), claimable(5), false},
		{"a retry without due time is not free", retrying(time.Time{}, 3), claimable(7), false},
		{"a waiting task is not free", state.TaskRecord{State: flow.TaskWaiting}, claimable(1), false},
		{"a done task is not free", state.TaskRecord{State: flow.TaskDone, LeaseUntil: at.Add(-time.Hour)}, claimable(1), false},
		{"a failed task is not free", state.TaskRecord{State: flow.TaskFailed}, claimable(1), false},

		{"absent at-most-once code is free", none, once, true},
		{"started at-most-once code is not free when its lease has run out", running(at.Add(-time.Hour)), once, false},
		{"at-most-once code is free for its retry", retrying(at.Add(state.Skew), 1), once, true},

		{"an absent task is unclaimed", none, state.GuardUnclaimed(at), true},
		{"a running task is claimed", running(live), state.GuardUnclaimed(at), false},
		{"a running task is its owner's", others, state.GuardOwned("other"), true},
		{"a running task has no other owner", others, state.GuardOwned("oth"), false},
		{"an absent task has no owner", none, state.GuardOwned("other"), false},
		{"a retrying task has no owner", state.TaskRecord{State: flow.TaskRetrying, Owner: "other"}, state.GuardOwned("other"), false},

		{"the zero guard holds on nothing", none, state.Guard{}, true},
		{"the zero guard holds on anything", running(live), state.Guard{}, true},
		{"equal does not hold on nothing", none, state.Equal("failures", 0), false},
		{"a record has its zero failures", running(live), state.Equal("failures", 0), true},
		{"at least holds at the limit", retrying(at, 1), state.AtLeast("dueAt", now), true},
		{"at least does not hold below", retrying(at, 1), state.AtLeast("dueAt", now+1), false},
		{"less does not hold on nothing", none, state.Less("leaseUntil", now), false},
		{"the owner passes the fence", others, state.Equal("owner", "other"), true},
		{"another owner does not pass the fence", others, state.Equal("owner", "oth"), false},
		{"and needs all of its parts", running(live), state.And(state.Equal("state", flow.TaskRunning), state.Equal("failures", 1)), false},
		{"parts nest", retrying(live, 3), state.And(state.Or(state.Absent("state"), state.AtMost("failures", 3)),
			state.Or(state.Equal("state", flow.TaskDone), state.And(state.Less("failures", 4), state.Absent("leaseUntil")))), true},
	}
	facts := []fact{{"a claimed task has its zero failures", func(s *storeTest) {
		s.running("first")
		claim := s.sample.claim("a", "second")
		claim.Guard = state.Equal("failures", 0)
		_, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("a claim guarded by zero failures", err)
	}}}
	for _, test := range tests {
		facts = append(facts, fact{test.name, func(s *storeTest) {
			if test.stored.State != "" {
				stored := test.stored
				stored.RunID, stored.Node = s.run, "a"
				s.put(stored)
			}
			claim := s.sample.claim("a", "me")
			claim.Guard = test.guard
			_, err := s.Store.Claim(s.Context(), claim)
			if test.holds {
				s.wantNil("Claim", err)
			} else {
				s.wantConflict("Claim", err)
			}
		}})
	}
	return facts
}
