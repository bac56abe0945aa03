package sim

import (
	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// NothingIsLeft is about the queue at the end.
const NothingIsLeft Invariant = "no message is left over in the end, neither in the queue nor as a dead letter"

func nothingIsLeft(w *watcher) moments {
	return moments{rested: func() {
		if w.queue.waiting > 0 && len(w.violations) == 0 {
			w.violate(NothingIsLeft, "%d messages are still in the queue", w.queue.waiting)
		}
		// A duplicate may use up the receives of a message that is being handled.
		spared := w.setting.reconciling || w.faults.hits[fault.Duplicate] > 0
		for _, m := range w.queue.deadLetters {
			if m.body.Type != flow.TypeCancel && !spared && !m.forged && !m.busy {
				w.violate(NothingIsLeft, "%s is a dead letter: %s", m.id, m.text)
			}
		}
	}}
}
