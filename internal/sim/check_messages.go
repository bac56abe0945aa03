package sim

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// MessagesAreValid is about messages that workers and reconcilers send.
const MessagesAreValid Invariant = "only messages are sent that a queue takes and a worker handles"

// checkMessage judges a message as it is sent; err is why it cannot be read.
func (w *world) checkMessage(out flow.Outgoing, err error) {
	if out.Delay < 0 || out.Delay > state.MaxDelay {
		w.violate(MessagesAreValid, "one has a delay of %s: a queue takes 0 to %s", out.Delay, state.MaxDelay)
	}
	if err != nil && w.current != nil {
		w.violate(MessagesAreValid, "%s: %v", out.Body, err)
	}
}

// checkRejected: a worker rejects forged jobs alone, and a cancel that came
// before its run on every receive.
func (w *world) checkRejected(m *message, err error) {
	if !m.forged && m.body.Type != flow.TypeCancel {
		w.violate(MessagesAreValid, "%s was rejected: %v", m.text, err)
	}
}
