package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// RescuesAreAlone is about the messages of reconcilers.
const RescuesAreAlone Invariant = "a job that is rescued says so, and no worker handles it beside others"

// rescuesAreAlone relies on this: a host handles a message with an id of its own
// alone. The job may have killed its last worker.
func rescuesAreAlone(w *watcher) moments {
	return moments{sent: func(p *process, sent *message) {
		if p.tick && p.rescuing && sent.attrs[state.AttributeID] == "" {
			w.violate(RescuesAreAlone, "%s is sent without %s", sent.text, state.AttributeID)
		}
	}}
}
