package sim

import "cmp"

// ForgedJobsAreRefused is about jobs that no worker has sent.
const ForgedJobsAreRefused Invariant = "a job that nothing led to is not acknowledged while the run goes on"

func forgedJobsAreRefused(w *watcher) moments {
	return moments{acknowledged: func(p *process) {
		m := p.message
		r := cmp.Or(w.runs.find(m.body.RunID), w.runs.runs[0])
		if m.forged && p.sent == 0 && !r.state.Status.Terminal() && w.setting.recorded(r).routing(w.setting.graphOf(r).byID[m.body.NodeID]) != led {
			w.violate(ForgedJobsAreRefused, "run %s: %s", r.id, m.text)
		}
	}}
}
