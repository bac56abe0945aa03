package fault

import "slices"

// script is everything that is still to come: faults, and calls before requests.
type script struct {
	plans      []*Pending
	interludes []*interlude
}

// interlude is something that happens right before a request.
type interlude struct {
	at Pending
	do func()
}

// next counts a request, and returns the calls that come right before it, and the
// plan that hits it; the zero plan is none.
func (s *script) next(r Request) (before []func(), plan Plan) {
	s.interludes = slices.DeleteFunc(s.interludes, func(i *interlude) bool {
		due := i.at.Hits(r)
		if due {
			before = append(before, i.do)
		}
		return due
	})
	s.plans = slices.DeleteFunc(s.plans, func(p *Pending) bool {
		due := p.Hits(r) && plan.Kind == ""
		if due {
			plan = p.Plan
		}
		return due
	})
	return before, plan
}

// waiting names everything whose request has not come yet.
func (s *script) waiting() (waiting []string) {
	for _, p := range s.plans {
		waiting = append(waiting, p.String())
	}
	for _, i := range s.interludes {
		waiting = append(waiting, "something before "+i.at.Request)
	}
	return waiting
}
