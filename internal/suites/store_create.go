package suites

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var createFacts = []fact{
	{"every field of a run is stored", func(s *storeTest) {
		run := s.sample.fullRun()
		_, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		found := s.stored.load(state.ReadSet{Run: true, Input: true})
		s.sameText("Input", run.Input, found.Input)
		run.Input = nil // it is an item of its own
		s.same("Run", &run, found.Run)
	}},
	{"the input is found by its name, too", func(s *storeTest) {
		run := s.create(`"in"`)
		s.sameText("Input", []byte(`"in"`), s.stored.load(state.ReadSet{Input: true, InputHash: run.InputName()}).Input)
		found := s.stored.load(state.ReadSet{Input: true})
		s.same("Run", (*state.Run)(nil), found.Run)
		s.sameText("Input", []byte(`"in"`), found.Input)
	}},
	{"the input of a run of the first format is found", func(s *storeTest) {
		run := s.sample.fullRun()
		run.Format = 1
		_, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		s.sameText("Input", run.Input, s.stored.load(state.ReadSet{Input: true, InputHash: run.InputName()}).Input)
	}},
	{"a run of few fields keeps the others empty", func(s *storeTest) {
		run := state.Run{ID: s.run, Status: flow.Running}
		_, err := s.Store.Create(s.Context(), run)
		s.wantNil("Create", err)
		found := s.stored.load(state.ReadSet{Run: true, Input: true})
		s.same("Run", &run, found.Run)
		s.sameText("Input", nil, found.Input)
	}},
	{"the created run is returned", func(s *storeTest) {
		run := s.sample.fullRun()
		run.Input = nil
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
		s.same("Run", &run, s.stored.run())
	}},
	{"a run that exists conflicts, is returned without its input and stays", func(s *storeTest) {
		stored := s.create(`"first"`)
		other := s.sample.fullRun()
		other.StartMessageID, other.StartOwner = "m-2", "another"
		other.Input, other.InputHash = json.RawMessage(`"second"`), hashOf(`"second"`)
		got, err := s.Store.Create(s.Context(), other)
		s.wantConflict("Create", err)
		s.same("the returned run", stored, got)
		found := s.stored.load(state.ReadSet{Run: true, Input: true})
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
	{"the same start again is success and returns the stored run", func(s *storeTest) {
		again := s.create(`"first"`)
		s.wantNil("touch", s.change(state.Guard{}, state.RunChange{LastUpdated: at.Add(time.Hour)}))
		stored := *s.stored.run()
		again.Input, again.InputHash = json.RawMessage(`"second"`), hashOf(`"second"`)
		got, err := s.Store.Create(s.Context(), again)
		s.wantNil("Create again", err)
		got.Input = nil
		s.same("the returned run", stored, got)
		s.sameText("Input", []byte(`"first"`), s.stored.load(state.ReadSet{Input: true}).Input)
	}},
	{"exactly one of 20 concurrent creates wins", func(s *storeTest) {
		winner := race(s, func(owner string) (string, error) {
			run := state.Run{ID: s.run, Status: flow.Running, StartMessageID: "m-" + owner, StartOwner: owner,
				Format: state.Format, Input: json.RawMessage(`"` + owner + `"`), InputHash: owner}
			stored, err := s.Store.Create(s.Context(), run)
			return stored.StartOwner, err
		})
		found := s.stored.load(state.ReadSet{Run: true, Input: true})
		if found.Run == nil || found.Run.StartOwner != winner {
			s.Errorf("the stored run is %v, want that of %s", found.Run, winner)
		}
		s.sameText("Input", []byte(`"`+winner+`"`), found.Input)
	}},
}
