package sim

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// MessagesAreValid is about messages that workers and reconcilers send.
const MessagesAreValid Invariant = "only messages are sent that a queue takes and a worker handles"

// checkMessage checks a message as it is sent; err is its parse error.
func checkMessage(w *watcher, out flow.Outgoing, err error) {
	if out.Delay < 0 || out.Delay > state.MaxDelay {
		w.violate(MessagesAreValid, "one has a delay of %s: a queue takes 0 to %s", out.Delay, state.MaxDelay)
	}
	if err != nil && w.scheduler.current != nil {
		w.violate(MessagesAreValid, "%s: %v", out.Body, err)
	}
}

// checkRejected checks that a worker rejects only forged jobs, and cancels whose
// run did not exist on any of their receives.
func checkRejected(w *watcher, m *message, err error) {
	if !m.forged && m.body.Type != flow.TypeCancel {
		w.violate(MessagesAreValid, "%s was rejected: %v", m.text, err)
	}
}
