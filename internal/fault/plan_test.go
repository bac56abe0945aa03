package fault_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

func TestSentencesArePlans(t *testing.T) {
	t.Parallel()
	for sentence, want := range map[string]fault.Plan{
		"lose the request of commit b":           {Kind: fault.RequestLost, Request: "commit b"},
		"lose the answer of commit b done":       {Kind: fault.AnswerLost, Request: "commit b done"},
		"repeat create run":                      {Kind: fault.Repeated, Request: "create run"},
		"refuse the 3rd send":                    {Kind: fault.Refused, Request: "send", Nth: 3},
		"crash before the 2nd load":              {Kind: fault.CrashBefore, Request: "load", Nth: 2},
		"crash after the 11th request":           {Kind: fault.CrashAfter, Nth: 11},
		"crash after the 121st request":          {Kind: fault.CrashAfter, Nth: 121},
		"crash after arrive at the end":          {Kind: fault.CrashAfter, Request: "arrive at the end"},
		"duplicate before claim b":               {Kind: fault.Duplicate, Request: "claim b"},
		"duplicate as new before claim b":        {Kind: fault.DuplicateNew, Request: "claim b"},
		"duplicate and crash after claim b":      {Kind: fault.CrashAfterDuplicate, Request: "claim b"},
		"outlive the lease before commit b":      {Kind: fault.ZombieBefore, Request: "commit b"},
		"accept only 2 of send 3 messages":       {Kind: fault.PartialSend, Request: "send 3 messages", Part: 2},
		"accept only 1 of the 2nd send":          {Kind: fault.PartialSend, Request: "send", Nth: 2, Part: 1},
		"crash the reconciler before mark run":   {Kind: fault.ReconcilerCrash, Request: "mark run"},
		"refuse the reconciler's mark run":       {Kind: fault.ReconcilerRefused, Request: "mark run"},
		"slow down the reconciler's 2nd load":    {Kind: fault.ReconcilerSlow, Request: "load", Nth: 2},
		"lose the request of claim the 2nd best": {Kind: fault.RequestLost, Request: "claim the 2nd best"},
	} {
		got, err := fault.Parse(sentence)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", sentence, got, err, want)
		}
		if text := want.String(); text != sentence {
			t.Errorf("the sentence of %+v is %q, want %q", want, text, sentence)
		}
	}
	for _, sentence := range []string{"", "load", "lose load", "crash after ", "crash after", "accept only some of send"} {
		if got, err := fault.Parse(sentence); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", sentence, got)
		}
	}
}

func TestPlanHitsOneRequest(t *testing.T) {
	t.Parallel()
	requests := []fault.Request{fault.Load, {Verb: "commit", Of: "b", Outcome: "retrying"}, fault.Load, {Verb: "commit", Of: "b", Outcome: "done"}}
	for sentence, want := range map[string]int{
		"crash after load":             0,
		"crash after the 2nd load":     2,
		"crash after the 3rd load":     -1,
		"crash after commit b":         1,
		"crash after commit b done":    3,
		"crash after the 2nd commit b": 3,
		"crash after the 2nd request":  1,
		"crash after claim b":          -1,
	} {
		plan, err := fault.Parse(sentence)
		if err != nil {
			t.Fatal(err)
		}
		p, hit := fault.Pending{Plan: plan}, -1
		for i, r := range requests {
			if p.Hits(r) {
				if hit >= 0 {
					t.Errorf("%q hits requests %d and %d", sentence, hit, i)
				}
				hit = i
			}
		}
		if hit != want {
			t.Errorf("%q hits request %d, want %d", sentence, hit, want)
		}
	}
}
