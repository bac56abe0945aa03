package engine_test

import (
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// inject plans a fault of the wire by its sentence, as in "lose the answer of commit
// b". The fault must occur before the test ends.
func (w *world) inject(sentence string) {
	w.Helper()
	plan, err := fault.Parse(sentence)
	if err := errors.Join(err, w.wire.Inject(plan)); err != nil {
		w.Fatal(err)
	}
}

// strike plans a fault of the n-th request, which may never come. struck cancels the
// plan, and returns the name of the fault and the request that it hit.
func (w *world) strike(kind fault.Kind, n int) (struck func() (what string, came bool)) {
	w.Helper()
	plan := fault.Plan{Kind: kind, Nth: n}
	if err := w.wire.Inject(plan); err != nil {
		w.Fatal(err)
	}
	return func() (string, bool) {
		w.wire.Clear()
		if hits := w.wire.Hits(); len(hits) > 0 {
			return fmt.Sprintf("%s, %s", plan, hits[0].Request), true
		}
		return plan.String(), false
	}
}

// allCame checks that every planned fault has occurred.
func (w *world) allCame() {
	for _, waiting := range w.wire.Waiting() {
		w.Errorf("there was no such request: %s; the requests were %q", waiting, w.requests(0))
	}
}
