package suites

import (
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// claimable returns the guard of the engine's claims at the time at.
func claimable(attempt int) state.Guard { return state.GuardClaim(at, attempt, flow.AtLeastOnce) }

var claimFacts = []fact{
	{"the first claim of a task makes its record", func(s *storeTest) {
		claim := s.sample.claim("a", "me")
		claim.Scope = "poll.3"
		wantFull(s.T, claim, "Guard") // its other facts are under ClaimGuard
		got, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("Claim", err)
		want := claim.Apply(state.TaskRecord{})
		s.same("the returned record", want, got)
		s.same("the stored record", want, s.stored.task(claim.TaskKey))
	}},
	{"a claim changes what it names and nothing else", func(s *storeTest) {
		stored := s.sample.fullTask("a", flow.TaskRetrying, "other")
		s.put(stored)
		claim := s.sample.claim("a", "me")
		claim.TaskKey, claim.Guard = stored.TaskKey, state.Equal("state", flow.TaskRetrying)
		got, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("Claim", err)
		want := claim.Apply(stored)
		s.same("the returned record", want, got)
		s.same("the stored record", want, s.stored.task(claim.TaskKey))
	}},
	{"a claim without source names none", func(s *storeTest) {
		claim := s.sample.claim("a", "me")
		claim.FiredBy = ""
		_, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("Claim", err)
		s.same("the stored record", claim.Apply(state.TaskRecord{}), s.stored.task(claim.TaskKey))
	}},
	{"a start that no claim counted is counted once", func(s *storeTest) {
		first := s.sample.claim("a", "first")
		first.LeaseUntil = at.Add(-time.Millisecond)
		one, err := s.Store.Claim(s.Context(), first)
		s.wantNil("the first claim", err)
		two, err := s.Store.Claim(s.Context(), s.sample.claim("a", "second"))
		s.wantNil("the second claim", err)
		if one.Starts != 2 || two.Starts != 3 {
			s.Errorf("Starts = %d, then %d, want 2 and 3", one.Starts, two.Starts)
		}
	}},
	{"starts are counted, and the first source and start stay", func(s *storeTest) {
		first := s.sample.claim("a", "first")
		first.Unseen = 0
		first.LeaseUntil, first.FiredBy, first.Now = at.Add(-time.Millisecond), "left", at.Add(-time.Minute)
		one, err := s.Store.Claim(s.Context(), first)
		s.wantNil("the first claim", err)
		second := s.sample.claim("a", "second")
		two, err := s.Store.Claim(s.Context(), second)
		s.wantNil("the second claim", err)
		s.same("the record", second.Apply(one), two)
		if two.Starts != 2 || two.FiredBy != "left" || !two.StartedAt.Equal(first.Now) {
			s.Errorf("Starts = %d, FiredBy = %q, StartedAt = %v; want 2, left, %v", two.Starts, two.FiredBy, two.StartedAt, first.Now)
		}
	}},
	{"a conflict returns the stored record and changes nothing", func(s *storeTest) {
		stored := s.sample.fullTask("a", flow.TaskDone, "other")
		s.put(stored)
		claim := s.sample.claim("a", "me")
		claim.TaskKey = stored.TaskKey
		got, err := s.Store.Claim(s.Context(), claim)
		s.wantConflict("Claim", err)
		s.same("the returned record", stored, got)
		s.same("the stored record", stored, s.stored.task(stored.TaskKey))
	}},
	{"a conflict on an absent record returns and leaves none", func(s *storeTest) {
		claim := s.sample.claim("a", "me")
		claim.Guard = state.Equal("state", flow.TaskRunning)
		got, err := s.Store.Claim(s.Context(), claim)
		s.wantConflict("Claim", err)
		if stored := s.stored.task(claim.TaskKey); got.State != "" || stored.State != "" {
			s.Errorf("the conflict returned %+v and left %+v, want no record", got, stored)
		}
	}},
	{"a claim repeated by its owner is success and counts one start", func(s *storeTest) {
		claim := s.sample.claim("a", "me")
		first, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("Claim", err)
		again, err := s.Store.Claim(s.Context(), claim)
		s.wantNil("Claim again", err)
		s.same("the record returned again", first, again)
		s.same("the stored record", first, s.stored.task(claim.TaskKey))
	}},
	{"a claim of what its owner has committed conflicts", func(s *storeTest) {
		stored := s.sample.task("a", flow.TaskDone, "me")
		s.put(stored)
		got, err := s.Store.Claim(s.Context(), s.sample.claim("a", "me"))
		s.wantConflict("Claim", err)
		s.same("the returned record", stored, got)
	}},
	{"exactly one of 20 concurrent claims wins", func(s *storeTest) {
		winner := race(s, func(owner string) (string, error) {
			got, err := s.Store.Claim(s.Context(), s.sample.claim("a", owner))
			return got.Owner, err
		})
		s.same("the stored record", s.sample.claim("a", winner).Apply(state.TaskRecord{}), s.stored.task(state.TaskKey{Node: "a"}))
	}},
}
