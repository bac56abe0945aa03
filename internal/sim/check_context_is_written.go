package sim

import (
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ContextIsWritten is about the context keys of a completed run, which people read, and
// code beside the engine.
const ContextIsWritten Invariant = "the context keys of a completed run hold their last writes"

func contextIsWritten(w *watcher) moments {
	return moments{compared: func(r *run, ref *reference) {
		if r.state.Status != flow.Completed || len(ref.graph.writers) == 0 {
			return
		}
		keys := slices.Sorted(maps.Keys(ref.graph.writers))
		found, err := w.store.inner.Load(background, state.ReadSet{RunID: r.id, Run: true, Keys: keys})
		if err != nil || found.Run == nil || found.Run.StartMessageID != r.state.StartMessageID {
			return // it has expired since, and the id may be used again
		}
		for _, key := range keys {
			checkWritten(w, r, key, found.Values[key], ref.lastWriter(key))
		}
	}}
}

// checkWritten checks a stored context key against the result of the node that wrote it
// last; nil: none did.
func checkWritten(w *watcher, r *run, key string, stored state.ContextValue, last *decided) {
	exists := stored.Value != nil || stored.Deleted
	if last == nil {
		if exists {
			w.violate(ContextIsWritten, "run %s: %s is written, but by no node", r.id, key)
		}
		return
	}
	want, kept := last.writes[key]
	if !exists || stored.Deleted == kept || kept && !same(decoded(stored.Value), want) {
		w.violate(ContextIsWritten, "run %s: %s is %s (written: %t), want %s", r.id, key, stored.Value, exists, canonical(want))
	}
}
