package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow/state"

// SuspectsAreAlone is about tasks that may have killed a worker: their claims found starts
// without an outcome, or a reconciler has sent them again.
const SuspectsAreAlone Invariant = "a task that may have killed a worker runs beside no other of its process, and a rescued job says that it may"

func suspectsAreAlone(w *watcher) moments {
	return moments{
		started: func(s start) {
			if !w.setting.batching {
				return
			}
			suspect := s.suspect()
			for _, other := range w.scheduler.alive() {
				if other == s.process || other.zombie || s.process.zombie || other.engine != s.process.engine || other.running == nil {
					continue
				}
				if suspect || other.running.suspect {
					w.violate(SuspectsAreAlone, "%s of run %s starts in %s beside %s", s.node.id, s.run.id, s.process.name, other.name)
				}
			}
		},
		sent: func(p *process, sent *message) {
			if p.tick && p.rescuing && sent.attrs[state.AttributeID] == "" {
				w.violate(SuspectsAreAlone, "%s is sent without %s", sent.text, state.AttributeID)
			}
		},
	}
}

// suspect reports whether the start's task may have killed a worker before.
func (s start) suspect() bool {
	message := s.process.message.received(s.process.receives)
	return s.run.records[s.node.id].Starts > 1 || message.Rescued() && s.process.message.body.NodeID == s.node.id
}
