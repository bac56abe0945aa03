package sim

import (
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// MissingCodeFails is about a deployment that was rolled back.
const MissingCodeFails Invariant = "a run whose code no worker has any more fails"

func (r *Result) checkMissingCodeFails() {
	if r.Statuses[flow.Failed] != 1 {
		r.Violations = append(r.Violations, Violation{MissingCodeFails, fmt.Sprintf("the runs are %v", r.Statuses)})
	}
}
