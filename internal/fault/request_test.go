package fault_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func key(node string) state.TaskKey { return state.TaskKey{Node: node} }

func TestRequestsHaveNames(t *testing.T) {
	t.Parallel()
	scoped := state.TaskKey{Node: "b", Scope: "poll.3"}
	task := func(key state.TaskKey, in flow.State) state.Transition {
		return state.Transition{Task: &state.TaskRecord{TaskKey: key, State: in}}
	}
	run := func(c state.RunChange) state.Transition { return state.Transition{Run: &c} }
	for want, request := range map[string]fault.Request{
		"create run":             fault.CreateRun,
		"load":                   fault.Load,
		"claim b":                fault.ClaimRequest(state.Claim{TaskKey: key("b")}),
		"claim b@poll.3":         fault.ClaimRequest(state.Claim{TaskKey: scoped}),
		"commit b done":          fault.CommitRequest(task(key("b"), flow.TaskDone)),
		"commit b@poll.3 failed": fault.CommitRequest(task(scoped, flow.TaskFailed)),
		"finish run completed":   fault.CommitRequest(run(state.RunChange{Finish: &state.Finish{Status: flow.Completed}})),
		"touch run":              fault.CommitRequest(run(state.RunChange{ResetRescues: true})),
		"mark run":               fault.CommitRequest(run(state.RunChange{Rescues: 1})),
		"take over run":          fault.CommitRequest(run(state.RunChange{StartOwner: "me"})),
		"leave index":            fault.CommitRequest(run(state.RunChange{Leave: true})),
		"keep timer b":           fault.CommitRequest(state.Transition{Timer: &state.Timer{TaskKey: key("b")}}),
		"keep timer of the run":  fault.CommitRequest(state.Transition{Timer: &state.Timer{}}),
		"keep blueprint":         fault.CommitRequest(state.Transition{Blueprint: &state.BlueprintVersion{}}),
		"arrive at j":            fault.ArriveRequest(state.Arrival{Join: state.JoinKey{TaskKey: key("j")}}),
		"arrive at j shard 2":    fault.ArriveRequest(state.Arrival{Join: state.JoinKey{TaskKey: key("j"), Shard: 2}}),
		"arrive at the end":      fault.ArriveRequest(state.Arrival{}),
		"send 1 message":         fault.SendRequest(make([]flow.Outgoing, 1)),
		"send 2 messages":        fault.SendRequest(make([]flow.Outgoing, 2)),
		"drop timer b":           fault.DropRequest(state.Timer{TaskKey: key("b")}),
		"lock run r":             fault.LockRequest("run r"),
		"unlock run r":           fault.UnlockRequest("run r"),
		"list tasks":             fault.ListTasks,
	} {
		if got := request.String(); got != want {
			t.Errorf("the request is named %q, want %q", got, want)
		}
		if !request.Is(want) {
			t.Errorf("%q does not mean its request", want)
		}
	}
}

func TestNameMeansRequest(t *testing.T) {
	t.Parallel()
	commit := fault.Request{Verb: "commit", Of: "b", Outcome: "done"}
	send := fault.Request{Verb: "send", Count: 2}
	for _, test := range []struct {
		request fault.Request
		name    string
		want    bool
	}{
		{commit, "commit b", true},
		{commit, "commit b failed", false},
		{commit, "commit", false},
		{commit, "commit bb", false},
		{send, "send", true},
		{send, "send 1 message", false},
		{fault.Load, "load", true},
		{fault.Load, "", false},
	} {
		if got := test.request.Is(test.name); got != test.want {
			t.Errorf("%q means %s: %t, want %t", test.name, test.request, got, test.want)
		}
	}
}

func TestDetailCompletesTheName(t *testing.T) {
	t.Parallel()
	job := func(attempt int) string {
		text, err := flow.MessageBody{RunID: "r", BlueprintID: "bp", NodeID: "b", Attempt: attempt}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	failed := state.TaskRecord{TaskKey: key("b"), Error: &flow.Failure{Code: "busy", Message: "secret"}, Edges: []state.TakenEdge{{Index: 3}}, Writes: []state.ContextWrite{{Key: "k"}}}
	for want, of := range map[string]any{
		"": state.Claim{Owner: "me"},
		"the run, its input, a, join j, key k, the blueprint": state.ReadSet{Run: true, Input: true, Tasks: []state.TaskKey{key("a")},
			Joins: []state.JoinKey{{TaskKey: key("j")}}, Keys: []string{"k"}, Blueprint: state.BlueprintKey{ID: "bp", Hash: "hash"}},
		"busy, edge 3, key k": state.Transition{Task: &failed},
		"0; 1, dead; first a": state.Arrival{Join: state.JoinKey{TaskKey: key("j")}, Arrived: []int{0, 1}, Taken: []int{0}, First: "a"},
		"full shard 2":        state.Arrival{Full: []int{2}},
		"3":                   state.Arrival{Arrived: []int{3}},
		"job b, job b, attempt 2 in 3s, cancel, no message": []flow.Outgoing{{Body: job(1)}, {Body: job(2), Delay: 3e9},
			{Body: `{"type":"cancel","runId":"r"}`}, {Body: "x"}},
	} {
		if got := fault.Detail(of); got != want {
			t.Errorf("the detail of %T is %q, want %q", of, got, want)
		}
	}
}
