package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// HopsCount is about messages.
const HopsCount Invariant = "every message says how many messages led to it"

func hopsCount(w *watcher) moments {
	return moments{sent: func(p *process, sent *message) {
		if p.message == nil || sent.body.NodeID == "" {
			return
		}
		led, hops := p.message.body.Hops, 1
		if p.message.foreign { // only a worker's count is believed
			led = 0
		}
		if sent.attrs[state.AttributeReturns] != "" { // the same message again
			hops = 0
		}
		if sent.body.Hops != led+hops {
			w.violate(HopsCount, "%s is sent by the handling of %s: want %d hops more", sent.text, p.message.text, hops)
		}
	}}
}
