package suites

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// fullRun has every stored field set.
func fullRun(id string) state.Run {
	return state.Run{
		ID: id, BlueprintID: "bestellung-größe-𝄞", BlueprintVersion: "1.2", BlueprintHash: "abc", Tenant: "acme",
		Status: flow.Failed, Epoch: 2,
		StartedAt: at, LastUpdated: at.Add(time.Minute).Truncate(time.Second), FinishedAt: at.Add(90 * time.Millisecond),
		Awaiting: []string{"approve", "approve@poll.3"}, Active: true, Rescues: 3,
		Result: json.RawMessage(`{"total": 120}`),
		Error: &flow.Failure{Code: "timeout", Message: "größer <als> & \"mehr\"", NodeID: "ship", Scope: "poll.3", Attempt: 4,
			Cause: []string{"ship: timeout", "context deadline exceeded", "a"}},
		Expires:        at.Add(time.Hour).Truncate(time.Second),
		StartMessageID: "m-1", StartOwner: "starter", StartLeaseUntil: at.Add(time.Second),
		InputHash: "def",
	}
}

var createFacts = []fact{
	{"every field of a run is stored", func(s *storeTest) {
		run := fullRun(s.run)
		run.Input = json.RawMessage(`{"item": "lamp"}`)
		_, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		found := s.load(state.ReadSet{Run: true, Input: true})
		s.same("Run, without Input", new(fullRun(s.run)), found.Run)
		s.sameText("Input", run.Input, found.Input)
	}},
	{"a run of few fields keeps the others empty", func(s *storeTest) {
		run := state.Run{ID: s.run, Status: flow.Running}
		_, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		found := s.load(state.ReadSet{Run: true, Input: true})
		s.same("Run", &run, found.Run)
		s.sameText("Input", nil, found.Input)
	}},
	{"the created run is returned", func(s *storeTest) {
		run := fullRun(s.run)
		got, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		s.same("the returned run", run, got)
	}},
	{"times are kept to the millisecond and the last update to the second", func(s *storeTest) {
		fine := at.Add(123456 * time.Nanosecond)
		run := state.Run{ID: s.run, Status: flow.Running, StartedAt: fine, LastUpdated: fine, StartLeaseUntil: fine}
		_, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		run.StartedAt, run.StartLeaseUntil, run.LastUpdated = at, at, at.Truncate(time.Second)
		s.same("Run", &run, s.loadRun())
	}},
	{"a run that exists conflicts, is returned without its input and stays", func(s *storeTest) {
		stored := s.create(`"first"`)
		other := fullRun(s.run)
		other.StartMessageID, other.StartOwner, other.Input = "m-2", "another", json.RawMessage(`"second"`)
		got, err := s.Store.Create(s.Context(), other)
		s.wantConflict("Create", err)
		s.same("the returned run", stored, got)
		found := s.load(state.ReadSet{Run: true, Input: true})
		s.same("the stored run", &stored, found.Run)
		s.sameText("Input", []byte(`"first"`), found.Input)
	}},
	{"another handling of the same message conflicts", func(s *storeTest) {
		stored := s.create(`1`)
		again := stored
		again.StartOwner = "another"
		got, err := s.Store.Create(s.Context(), again)
		s.wantConflict("Create", err)
		s.same("the returned run", stored, got)
	}},
	{"the same handling of another message conflicts", func(s *storeTest) {
		again := s.create(`1`)
		again.StartMessageID = "m-2"
		_, err := s.Store.Create(s.Context(), again)
		s.wantConflict("Create", err)
	}},
	{"the same start again is success and returns what is stored", func(s *storeTest) {
		again := s.create(`"first"`)
		s.wantNil("touch", s.change(state.Guard{}, state.RunChange{LastUpdated: at.Add(time.Hour)}))
		stored := *s.loadRun()
		again.Input = json.RawMessage(`"second"`)
		got, err := s.Store.Create(s.Context(), again)
		s.wantNil("Create again", err)
		got.Input = nil
		s.same("the returned run", stored, got)
		s.sameText("Input", []byte(`"first"`), s.load(state.ReadSet{Input: true}).Input)
	}},
	{"exactly one of 20 concurrent creates wins", func(s *storeTest) {
		winner := race(s, func(owner string) (string, error) {
			run := state.Run{ID: s.run, Status: flow.Running, StartMessageID: "m-" + owner, StartOwner: owner,
				Input: json.RawMessage(`"` + owner + `"`)}
			stored, err := s.Store.Create(s.Context(), run)
			return stored.StartOwner, err
		})
		found := s.load(state.ReadSet{Run: true, Input: true})
		if found.Run == nil || found.Run.StartOwner != winner {
			s.Errorf("the stored run is %v, want that of %s", found.Run, winner)
		}
		s.sameText("Input", []byte(`"`+winner+`"`), found.Input)
	}},
}
