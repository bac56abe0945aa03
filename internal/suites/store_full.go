package suites

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// The values with which the facts check every field of a store. A field added to
// one of these types fails a fact until it is set here, and then until every store
// keeps it.

// sample makes values of the run that a fact is checked with.
type sample struct {
	*testing.T
	run string
}

// task returns a record of the fact's run.
func (s *sample) task(node string, in flow.State, owner string) state.TaskRecord {
	return state.TaskRecord{RunID: s.run, TaskKey: state.TaskKey{Node: node}, State: in, Owner: owner, Via: state.ViaMessage}
}

// claim returns a claim of node at the time at, on a free, expired or due task.
func (s *sample) claim(node, owner string) state.Claim {
	return state.Claim{RunID: s.run, TaskKey: state.TaskKey{Node: node}, Guard: claimable(2), Owner: owner,
		LeaseUntil: at.Add(65 * time.Second), Via: state.ViaMessage, FiredBy: "right", Unseen: 1, Now: at, Expires: at.Add(2 * time.Hour).Truncate(time.Second)}
}

// fullRun returns a run of the fact's with every field set, including those of an
// ended run.
func (s *sample) fullRun() state.Run {
	s.Helper()
	run := state.Run{
		ID: s.run, BlueprintID: "bestellung-größe-𝄞", BlueprintVersion: "1.2", BlueprintHash: "abc", Tenant: "acme",
		Status: flow.Failed, Epoch: 2,
		StartedAt: at, LastUpdated: at.Add(time.Minute).Truncate(time.Second), FinishedAt: at.Add(90 * time.Millisecond),
		Awaiting: []string{"approve", "approve@poll.3"}, Active: true, Rescues: 3,
		WaitingFor:     "code: charge",
		Result:         json.RawMessage(`{"total": 120}`),
		Error:          fullFailure("ship"),
		Expires:        at.Add(time.Hour).Truncate(time.Second),
		StartMessageID: "m-1", StartOwner: "starter", StartLeaseUntil: at.Add(time.Second),
		StartedBy: "AROASHOP:größe", CancelledBy: "AIDABOB", StartedByStated: "Ada Größe", CancelledByStated: "bob", Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		Input: json.RawMessage(`{"item": "lamp"}`), InputHash: "def", Format: state.Format, EndsBy: at.Add(time.Minute), Items: true,
	}
	wantFull(s.T, run)
	return run
}

// fullTask returns a record with every field set.
func (s *sample) fullTask(node string, in flow.State, owner string) state.TaskRecord {
	s.Helper()
	task := state.TaskRecord{
		RunID: s.run, TaskKey: state.TaskKey{Node: node, Scope: "poll.3/batch[17]"},
		State: in, Owner: owner, LeaseUntil: at.Add(time.Minute), Via: state.ViaInline, Starts: 2, Failures: 3,
		DueAt: at.Add(time.Second), FiredBy: "left", StartedAt: at.Add(-time.Second), FinishedAt: at.Add(7 * time.Millisecond),
		Output: json.RawMessage(`{"total": 120}`), Action: "größer",
		Edges:   []state.TakenEdge{{Index: 0}, {Index: 3, Value: json.RawMessage(`{"a": "<b>"}`)}, {Index: 12, Value: json.RawMessage(`null`)}},
		Writes:  fullWrites,
		Error:   fullFailure(node),
		Expires: at.Add(time.Hour).Truncate(time.Second),
	}
	wantFull(s.T, task, "Abridged", "Bare", "Omitted") // they say how a record was loaded
	return task
}

// fullTimer returns a timer with every field set.
func (s *sample) fullTimer() state.Timer {
	s.Helper()
	timer := state.Timer{RunID: s.run, TaskKey: state.TaskKey{Node: "a#b/c@d", Scope: "poll.3/batch[17]"}, Attempt: 2, DueAt: at,
		Body: `{"runId": "größe"}`, Tenant: "acme", Expires: at.Add(time.Hour).Truncate(time.Second)}
	wantFull(s.T, timer)
	return timer
}

// fullArrival returns an arrival with every field set.
func (s *sample) fullArrival() state.Arrival {
	s.Helper()
	arrival := state.Arrival{RunID: s.run, Join: state.JoinKey{TaskKey: state.TaskKey{Node: "j", Scope: "poll.3"}, Shard: 2}, Guard: state.GuardFresh(at),
		Arrived: []int{9, 10}, Taken: []int{10}, First: "größe", Full: []int{1, 2}, FullTaken: []int{2}, Now: at, Expires: at.Add(time.Hour).Truncate(time.Second)}
	wantFull(s.T, arrival, "Guard")
	return arrival
}

// blueprint returns a blueprint with every field set. Its version and its start are
// for other readers.
func (s *sample) blueprint() state.BlueprintVersion {
	s.Helper()
	b := state.BlueprintVersion{BlueprintKey: state.BlueprintKey{ID: "order-" + s.run, Hash: "hash-of-" + s.run}, Version: "1.2",
		Body: []byte(`{"id": "größe", "nodes": [ ]}`), StartedAt: at}
	wantFull(s.T, b)
	return b
}

// fullWrites together set every field of a context value: a deleted key has no
// value.
var fullWrites = []state.ContextWrite{write("k", `{"m": null}`), tombstone("n")}

// fullChanges together set every field of a change. Each has an effect on a full
// run after the previous ones.
var fullChanges = []state.RunChange{
	{RunID: "the fact's", LastUpdated: at.Add(time.Hour)},
	{ResetRescues: true},
	{Rescues: 4},
	{Leave: true},
	{WaitingFor: new("code: pack")},
	{WaitingFor: new("")},
	{StartOwner: "me", StartLeaseUntil: at.Add(time.Hour)},
	{Finish: &state.Finish{Status: flow.Failed, Result: json.RawMessage(`{"total":  7}`), Error: fullFailure("ship"), FinishedAt: at.Add(time.Minute), By: "AIDACAROL", ByStated: "carol"}},
}

func fullFailure(node string) *flow.Failure {
	return &flow.Failure{Code: "timeout", Message: "größer <als> & \"mehr\"", NodeID: node, Scope: "poll.3", Attempt: 4,
		Cause: []string{"z: timeout", "a", "z: timeout"}}
}

func finish(status flow.Status) *state.Finish {
	return &state.Finish{Status: status, Result: json.RawMessage(`{"total":  7}`), FinishedAt: at.Add(time.Minute)}
}

var fullFacts = []fact{
	{"every field of an arrival is stored", func(s *storeTest) {
		arrival := s.sample.fullArrival()
		got, err := s.Store.Arrive(s.Context(), arrival)
		s.wantNil("Arrive", err)
		wantFull(s.T, got)
		want := arrival.Apply(state.Join{})
		s.same("the returned join", want, got)
		s.same("the stored join", want, s.stored.join(arrival.Join))
	}},
	{"every field of a context write is stored", func(s *storeTest) {
		wantFull(s.T, fullWrites)
		want, keys := map[string]state.ContextValue{}, []string{}
		for _, w := range fullWrites {
			s.wantNil("Commit", s.apply(state.GuardNewer(w.Clock, at), w, at.Add(time.Hour)))
			want[w.Key], keys = w.ContextValue, append(keys, w.Key)
		}
		s.same("Values", want, s.stored.values(keys...))
	}},
	{"every field of an active run's entry is listed", func(s *storeTest) {
		run := s.createFull()
		want := state.RunRef{RunID: s.run, LastUpdated: run.LastUpdated, Rescues: run.Rescues}
		wantFull(s.T, want)
		s.same("the runs", []state.RunRef{want}, s.stored.stalled(at.Add(time.Hour)))
	}},
	{"every kind of transition takes effect, and all of it is found by one load", func(s *storeTest) {
		run := s.createFull()
		task, timer := s.sample.fullTask("a", flow.TaskDone, "me"), s.sample.fullTimer()
		b := s.sample.blueprint()
		transitions := []state.Transition{
			{Guard: state.GuardRunning(), Run: &state.RunChange{RunID: s.run, LastUpdated: at.Add(time.Hour)}},
			{Task: &task},
			{Value: &state.ValueChange{RunID: s.run, ContextWrite: fullWrites[0], Expires: task.Expires}},
			{Value: &state.ValueChange{RunID: s.run, ContextWrite: fullWrites[1], Expires: task.Expires}},
			{Timer: &timer},
			{Blueprint: &b},
		}
		wantFull(s.T, transitions, "Guard", "Run", "Task.Abridged", "Task.Bare", "Task.Omitted") // guards have facts of their own, and fullChanges has the fields of Run
		for _, t := range transitions {
			_, err := s.Store.Commit(s.Context(), t)
			s.wantNil("Commit", err)
		}
		_, err := s.Store.Arrive(s.Context(), s.sample.fullArrival())
		s.wantNil("Arrive", err)
		set := state.ReadSet{RunID: s.run, Run: true, Input: true, InputHash: run.InputName(), Tasks: []state.TaskKey{task.TaskKey}, Joins: []state.JoinKey{s.sample.fullArrival().Join},
			Keys: []string{"k", "n"}, Blueprint: b.BlueprintKey, Edges: []int{0, 3, 12}, Writes: true}
		wantFull(s.T, set, "Bare", "MaxBytes") // they have facts of their own
		found := s.stored.load(set)
		wantFull(s.T, found, "Run.Input", "Run.FinishedAt", "Tasks.Abridged", "Tasks.Bare", "Tasks.Omitted") // Input is Snapshot.Input, the run is running, and everything was requested
		s.same("LastUpdated", at.Add(time.Hour).Truncate(time.Second), found.Run.LastUpdated)
		s.same("the task", task, found.Tasks[task.TaskKey])
		s.same("the timers", []state.Timer{timer}, s.stored.due(at.Add(time.Hour)))
	}},
}
