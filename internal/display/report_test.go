package display_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/display"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestReport_names_the_node_of_every_error(t *testing.T) {
	t.Parallel()
	ended := &flow.Failure{Code: "declined", Message: "no funds", NodeID: "charge", Attempt: 3}
	var out strings.Builder
	err := display.Report(&out, &flow.Report{
		RunID: "r", BlueprintID: "order", Status: flow.Failed, Result: []byte("null"), Error: ended,
		Nodes: []flow.NodeReport{
			{ID: "reserve", State: flow.TaskFailed, Attempts: 1, Error: &flow.Failure{Code: "error", Message: "busy", NodeID: "reserve", Scope: "poll.3", Attempt: 1}},
			{ID: "charge", State: flow.TaskFailed, Attempts: 3, Error: ended},
			{ID: "ship", State: flow.TaskPending},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `run r of order: failed
charge, attempt 3: declined: no funds
NODE     STATE    ATTEMPTS  STARTED  TOOK
reserve  failed   1                  
charge   failed   3                  
ship     pending  0                  
reserve@poll.3, attempt 1: error: busy
result: null
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReport_says_what_a_run_waits_for(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := display.Report(&out, &flow.Report{RunID: "r", BlueprintID: "order", Status: flow.Running, WaitingFor: "code: charge", Result: []byte("null")}); err != nil {
		t.Fatal(err)
	}
	if want := "run r of order: running\nwaits for code: charge\n"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("the report is %q, want it to begin with %q", out.String(), want)
	}
}

func TestReport_without_values(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := display.Report(&out, &flow.Report{
		RunID: "r", BlueprintID: "order", Status: flow.Failed, Error: &flow.Failure{Code: "declined", NodeID: "charge"},
		Nodes: []flow.NodeReport{{ID: "charge", State: flow.TaskFailed, Attempts: 3}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "run r of order: failed\ncharge: declined\nNODE    STATE   ATTEMPTS  STARTED  TOOK\ncharge  failed  3                  \n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}

// A stated name is told as no more than that, beside the sender.
func TestReport_says_who(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]flow.Report{
		"NODE": {},
		"started by alice (stated), sent by AROASHOP:s\n":                            {StartedBy: "AROASHOP:s", StartedByStated: "alice"},
		"started by AROASHOP:s\nNODE":                                                {StartedBy: "AROASHOP:s"},
		"started by alice (stated)\nNODE":                                            {StartedByStated: "alice"},
		"started by a\ncancelled by bob (stated), sent by AIDABOB\ntrace 4bf9\nNODE": {StartedBy: "a", CancelledBy: "AIDABOB", CancelledByStated: "bob", TraceID: "4bf9"},
	} {
		r.RunID, r.BlueprintID, r.Status = "r", "order", flow.Cancelled
		var out strings.Builder
		if err := display.Report(&out, &r); err != nil {
			t.Fatal(err)
		}
		if want := "run r of order: cancelled\n" + want; !strings.HasPrefix(out.String(), want) {
			t.Errorf("the report is %q, want it to begin with %q", out.String(), want)
		}
	}
}
