package sim

import (
	"strconv"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// SuspectsStayAlone is about messages whose turn does not come.
const SuspectsStayAlone Invariant = "a message whose work may have killed a worker is never sent as one that only waits"

// suspectsStayAlone relies on this: a host handles a message that only waits beside
// others.
func suspectsStayAlone(w *watcher) moments {
	return moments{sent: func(p *process, sent *message) {
		m := p.message
		if m == nil || !sent.waits() || sent.original() != m.original() {
			return // a copy may be sent together with those of others
		}
		if mayHaveKilled(m, p.receives) {
			w.violate(SuspectsStayAlone, "%s: %s, received for the %d. time, is sent as one that only waits", p.name, m.id, p.receives)
		}
	}}
}

// mostWaits is how often a message is believed to have waited only.
const mostWaits = 1000

// mayHaveKilled judges a message apart from the engine: it was received before, or sent
// again for another reason than that it waits.
func mayHaveKilled(m *message, receives int) bool {
	waits, err := strconv.Atoi(m.attrs[state.AttributeWaits])
	onlyWaited := err == nil && waits > 0 && waits <= mostWaits
	return receives > 1 || m.attrs[state.AttributeID] != "" && !onlyWaited
}
