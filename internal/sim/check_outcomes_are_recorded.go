package sim

import "time"

// OutcomesAreRecorded is about code that has ended.
const OutcomesAreRecorded Invariant = "an outcome that is reached in time is recorded, even if its invocation's context has ended"

// timeToRecord is more than a commit takes to which no fault happens, and the second at
// the end of an invocation in which nothing is written.
const timeToRecord = 4 * time.Second

func outcomesAreRecorded(w *watcher) moments {
	return moments{settled: func(p *process) {
		for _, strand := range p.strands {
			e := strand.reached
			if e == nil || p.hindered && !p.ended || p.zombie || p.worksUntil-e.ended < timeToRecord {
				continue
			}
			w.violate(OutcomesAreRecorded, "%s drops an outcome %s before its deadline", strand.name, p.worksUntil-e.ended)
		}
	}}
}
