package sim

// EndedIsFound is about an index that lags far behind: what follows from it must
// have been tried.
const EndedIsFound Invariant = "an index that lags shows a run that has ended"

func (r *Result) checkEndedIsFound(found int) {
	if found == 0 {
		r.Violations = append(r.Violations, Violation{EndedIsFound, "no reconciler finds one"})
	}
}
