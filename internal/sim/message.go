package sim

import (
	"cmp"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// message is a message of the queue, until it is deleted or becomes a dead letter.
type message struct {
	id        string
	body      flow.MessageBody
	text      string
	tenant    string // of its group
	attrs     map[string]string
	receives  int
	first     time.Time     // of its receives, zero before
	delay     time.Duration // that its sender asked for
	visibleAt time.Duration
	gone      bool
	held      bool // behind a backlog
	forged    bool // not sent by the engine
	foreign   bool // nor by the engine's role
	invented  bool // nothing led to it when it was sent, or the one that it repeats
	busy      bool // a worker had it when it was given up: it sends it again
}

// workerRole is the role of all workers.
const workerRole = "WORKER"

// original returns the id of the message that this one repeats, or its own.
func (m *message) original() string { return cmp.Or(m.attrs[state.AttributeID], m.id) }

// received returns the message as a worker gets it.
func (m *message) received(receives int) state.Message {
	sender := workerRole + ":worker"
	if m.foreign {
		sender = "STRANGER:x"
	}
	return state.Message{ID: m.id, Body: m.text, Receives: receives, FirstReceived: m.first, Attributes: m.attrs, Sender: sender}
}
