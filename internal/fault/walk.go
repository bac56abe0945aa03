package fault

// Each plans a kind of fault at every request of an undisturbed run in turn, by its
// name and occurrence; a partial send for every part of a send's messages.
func Each(kind Kind, requests []Request) (plans []Plan) {
	for i, r := range requests {
		p := Plan{Kind: kind, Request: r.String()}
		for _, earlier := range requests[:i+1] {
			if earlier.Is(p.Request) {
				p.Nth++
			}
		}
		if kind != PartialSend {
			plans = append(plans, p)
			continue
		}
		for p.Part = 1; p.Part < r.Count; p.Part++ {
			plans = append(plans, p)
		}
	}
	return plans
}
