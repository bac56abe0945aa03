package suites

import (
	"context"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestStarts(t *testing.T) {
	t.Parallel()
	var s Starts
	handler := s.Middleware(flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) { return flow.Result{}, nil }))
	for _, task := range []*flow.Task{{NodeID: "a", Attempt: 1}, {NodeID: "a", Attempt: 2}, {NodeID: "a", Attempt: 2}, {NodeID: "b", Attempt: 1}, {NodeID: "b", Scope: "s", Attempt: 1}} {
		if _, err := handler.Handle(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	a, b := state.TaskKey{Node: "a"}, state.TaskKey{Node: "b"}
	if s.Of(a) != 3 || s.Most(a) != 2 || s.Of(b) != 1 || s.Most(state.TaskKey{Node: "c"}) != 0 {
		t.Errorf("a started %d times, %d in one attempt, b %d times; want 3, 2, 1", s.Of(a), s.Most(a), s.Of(b))
	}
	report := func(in flow.State) *flow.Report {
		return &flow.Report{Nodes: []flow.NodeReport{{ID: "a", State: flow.TaskDone}, {ID: "b", State: in}, {ID: "c", State: flow.TaskSkipped}}}
	}
	for name, test := range map[string]struct {
		report    *flow.Report
		permitted int
		want      string
	}{
		"as permitted":          {report(flow.TaskDone), 1, ""},
		"more often":            {report(flow.TaskDone), 0, "started again 1 times"},
		"of a skipped node":     {report(flow.TaskSkipped), 1, "b is skipped and was executed"},
		"of a node not reached": {report(flow.TaskPending), 1, "b is pending and was executed"},
	} {
		got := strings.Join(s.Problems(test.report, test.permitted), "; ")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: the problems are %q, want %q", name, got, test.want)
		}
	}
}
