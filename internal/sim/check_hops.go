package sim

// HopsCount is about messages.
const HopsCount Invariant = "every message says how many messages led to it"

func hopsCount(w *watcher) moments {
	return moments{sent: func(p *process, sent *message) {
		if p.message != nil && sent.body.NodeID != "" && sent.body.Hops != p.message.body.Hops+1 {
			w.violate(HopsCount, "%s is sent by the handling of %s: want one hop more", sent.text, p.message.text)
		}
	}}
}
