package fault

// Each plans a kind of fault at every request of an undisturbed run in turn, by its
// name and occurrence; a partial send for every part of a send's messages.
func Each(kind Kind, requests []Request) (plans []Plan) {
	for i := range requests {
		plans = append(plans, At(kind, requests, i)...)
	}
	return plans
}

// At plans a fault at the i-th of the requests, as [Each] does: a send in part once
// for every part, and not at all at a request that has none.
func At(kind Kind, requests []Request, i int) (plans []Plan) {
	p := Plan{Kind: kind, Request: requests[i].String()}
	for _, earlier := range requests[:i+1] {
		if earlier.Is(p.Request) {
			p.Nth++
		}
	}
	if kind != PartialSend {
		return []Plan{p}
	}
	for p.Part = 1; p.Part < requests[i].Count; p.Part++ {
		plans = append(plans, p)
	}
	return plans
}
