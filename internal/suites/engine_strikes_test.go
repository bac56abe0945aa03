package suites

import (
	"slices"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// A sample is small, but has each request, and each kind of fault at each sort of
// request, rare ones as well.
func TestSampleOfStrikes(t *testing.T) {
	t.Parallel()
	chain := []fault.Request{fault.CreateRun, fault.Load, {Verb: "claim", Of: "a"}, {Verb: "commit", Of: "a", Outcome: "done"}, {Verb: "send", Count: 3}}
	requests := slices.Repeat([][]fault.Request{chain}, 40)
	requests[17] = append(slices.Clone(chain), fault.Request{Verb: "finish", Of: "run", Outcome: "failed"})
	plans := sampleOfStrikes(requests)
	total, rare, counts := 0, 0, map[fault.Plan]int{}
	for i, of := range plans {
		at := map[string]bool{}
		for _, p := range of {
			total++
			at[p.Request] = true
			counts[fault.Plan{Kind: p.Kind, Request: p.Request}]++
			if p.Request == "finish run failed" {
				rare++
			}
		}
		for _, r := range requests[i] {
			if !at[r.String()] {
				t.Errorf("case %d: nothing strikes %s", i, r)
			}
		}
	}
	for _, kind := range struckBy {
		for _, r := range chain {
			if kind == fault.PartialSend && r.Count == 0 {
				continue
			}
			if n := counts[fault.Plan{Kind: kind, Request: r.String()}]; n < sampledOften {
				t.Errorf("%s strikes %s %d times, want at least %d", kind, r, n, sampledOften)
			}
		}
	}
	if want := len(struckBy) - 1; rare != want { // it sends nothing in part
		t.Errorf("the only one of its sort is struck %d times, want %d", rare, want)
	}
	all := 0
	for _, of := range everyStrike(requests) {
		all += len(of)
	}
	if total > all/4 {
		t.Errorf("the sample has %d of %d strikes", total, all)
	}
}
