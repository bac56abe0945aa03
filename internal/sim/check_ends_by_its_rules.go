package sim

import (
	"reflect"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// EndsByItsRules is about a run's end.
const EndsByItsRules Invariant = "a run completes when nothing can happen any more, fails by a recorded failure, and is cancelled on demand"

func endsByItsRules(w *watcher) moments {
	return moments{ended: func(r *run) {
		switch r.state.Status {
		case flow.Completed:
			nothingIsOpen(w, r)
		case flow.Failed:
			if r.state.Error.NodeID == "" && r.state.Error.Code == flow.CodeValueTooLarge {
				nothingIsOpen(w, r) // it would complete, but for the size of its result
				return
			}
			t, ok := r.records[r.state.Error.NodeID]
			if r.state.Error.Code != state.CodeNoImplementation && (!ok || t.State != flow.TaskFailed || !reflect.DeepEqual(t.Error, r.state.Error)) {
				w.violate(EndsByItsRules, "run %s: it is %s, but recorded of the node is %s", r.id, runText(r.state), recordText(t))
			}
		case flow.Cancelled:
			if !r.asked {
				w.violate(EndsByItsRules, "run %s: it is cancelled, and nobody asked for that", r.id)
			}
		}
	}}
}

func nothingIsOpen(w *watcher, r *run) {
	v := w.setting.recorded(r)
	for _, n := range v.graph.nodes {
		if f := v.routing(n); f == open || f == led && v.outcome(n) == nil {
			w.violate(EndsByItsRules, "run %s: it completes before %s", r.id, n.id)
		}
	}
}
