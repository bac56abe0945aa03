package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// CancelsTakeEffect is about cancel messages.
const CancelsTakeEffect Invariant = "a cancel that is acknowledged has ended its run, unless it was sent again"

func cancelsTakeEffect(w *watcher) moments {
	return moments{acknowledged: func(p *process) {
		m := p.message
		if m.body.Type != flow.TypeCancel || p.sent > 0 {
			return
		}
		if r := w.runByID(m.body.RunID); !r.state.Status.Terminal() {
			w.violate(CancelsTakeEffect, "run %s: it is %s", r.id, r.state.Status)
		}
	}}
}
