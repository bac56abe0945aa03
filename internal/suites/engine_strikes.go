package suites

import (
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// struckBy are the kinds of faults that strike each request in turn.
var struckBy = []fault.Kind{fault.RequestLost, fault.AnswerLost, fault.Repeated, fault.CrashAfter,
	fault.DuplicateNew, fault.CrashAfterDuplicate, fault.ZombieBefore, fault.PartialSend}

// everyStrike plans each fault at each request of each case.
func everyStrike(requests [][]fault.Request) [][]fault.Plan {
	plans := make([][]fault.Plan, len(requests))
	for i, of := range requests {
		for _, kind := range struckBy {
			plans[i] = append(plans[i], fault.Each(kind, of)...)
		}
	}
	return plans
}

// sampledOften is how often a sample has each kind of fault at each sort of request,
// if there are as many of the sort.
const sampledOften = 4

// pairing is a kind of fault at a sort of request: the nodes of a blueprint do not
// matter to a store.
type pairing struct {
	kind          fault.Kind
	verb, outcome string
}

// sampleOfStrikes plans one fault at each request, of the kind that has struck its
// sort least so far, and then more at the rare sorts: see [sampledOften]. It depends
// on nothing but the requests, so that a failure comes again.
func sampleOfStrikes(requests [][]fault.Request) [][]fault.Plan {
	plans := make([][]fault.Plan, len(requests))
	struck := map[pairing]int{}
	each := func(choose func(i int, p pairing, at []fault.Plan) bool) {
		for i, of := range requests {
			for n, r := range of {
				kinds := slices.Clone(struckBy)
				pair := func(kind fault.Kind) pairing { return pairing{kind, r.Verb, r.Outcome} }
				slices.SortStableFunc(kinds, func(a, b fault.Kind) int { return struck[pair(a)] - struck[pair(b)] })
				for _, kind := range kinds {
					if at := fault.At(kind, of, n); len(at) > 0 && choose(i, pair(kind), at) {
						break
					}
				}
			}
		}
	}
	strike := func(i int, p pairing, at []fault.Plan) {
		plans[i] = append(plans[i], at...)
		struck[p] += len(at)
	}
	each(func(i int, p pairing, at []fault.Plan) bool {
		strike(i, p, at)
		return true
	})
	each(func(i int, p pairing, at []fault.Plan) bool {
		if struck[p] < sampledOften && !slices.Contains(plans[i], at[0]) {
			strike(i, p, at)
		}
		return false
	})
	return plans
}
