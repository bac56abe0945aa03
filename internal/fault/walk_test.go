package fault_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// Node ids may look like names of other requests.
var walked = []fault.Request{
	fault.CreateRun, fault.Load, {Verb: "commit", Of: "b", Outcome: "done"}, fault.Load,
	{Verb: "commit", Of: "b done", Outcome: "done"}, {Verb: "send", Count: 3}, {Verb: "commit", Of: "b", Outcome: "done"},
}

func TestEachRequestIsHitByAPlanOfItsOwn(t *testing.T) {
	t.Parallel()
	plans := fault.Each(fault.CrashAfter, walked)
	if len(plans) != len(walked) {
		t.Fatalf("%d plans for %d requests", len(plans), len(walked))
	}
	for at, plan := range plans {
		p := fault.Pending{Plan: plan}
		for i, r := range walked {
			if p.Hits(r) != (i == at) {
				t.Errorf("%q hits request %d, want %d alone", plan, i, at)
			}
		}
	}
}

func TestEachSendIsCutEverywhere(t *testing.T) {
	t.Parallel()
	var got []string
	for _, plan := range fault.Each(fault.PartialSend, walked) {
		got = append(got, plan.String())
	}
	want := []string{"accept only 1 of send 3 messages", "accept only 2 of send 3 messages"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
}
