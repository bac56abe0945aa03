package sim

// EndedIsFound is about a scenario of an index that lags far behind: it ensures
// that the scenario proves something.
const EndedIsFound Invariant = "an index that lags shows a run that has ended"

func (r *Result) checkEndedIsFound(found int) {
	if found == 0 {
		r.Violations = append(r.Violations, Violation{EndedIsFound, "no reconciler finds one"})
	}
}
