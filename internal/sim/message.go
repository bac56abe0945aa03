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
	first     time.Time // of its receives, zero before
	visibleAt time.Duration
	gone      bool
	held      bool // behind a backlog
	forged    bool // not sent by the engine
}

// original returns the id of the message that this one repeats, or its own.
func (m *message) original() string { return cmp.Or(m.attrs[state.AttributeID], m.id) }

// waits reports whether the message was sent again only since its turn had not come.
func (m *message) waits() bool { return m.attrs[state.AttributeWaits] != "" }

// alone reports whether a worker handles the message beside no other: it may have
// killed one before.
func (m *message) alone(receives int) bool { return m.received(receives).Suspect() }

// received returns the message as a worker gets it.
func (m *message) received(receives int) state.Message {
	return state.Message{ID: m.id, Body: m.text, Receives: receives, FirstReceived: m.first, Attributes: m.attrs}
}
