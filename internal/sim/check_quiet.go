package sim

import (
	"encoding/json"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// QuietIsLeftAlone is about the reconciler.
const QuietIsLeftAlone Invariant = "a reconciler does nothing to a world that has ended, however late it looks"

// checkQuiet runs a reconciler over a world that has come to rest. Timers of runs
// that ended early are dropped.
func (w *world) checkQuiet() {
	if len(w.violations) > 0 {
		return
	}
	w.faults, w.script, w.now = nil, nil, w.now+3*time.Hour
	auditor := &sandbox{world: w, name: "audit"}
	for range 2 {
		writes, sent, timers := w.writes, w.sent, len(w.timers)
		var stats engine.Stats
		w.tick(auditor, func(s engine.Stats, err error) {
			if stats = s; err != nil {
				w.violate(QuietIsLeftAlone, "its tick comes to %v", err)
			}
		})
		w.play(func() bool { return false })
		if w.sent > sent || w.writes > writes+2*timers || stats.StalledRuns > 0 {
			w.violate(QuietIsLeftAlone, "%d writes, %d messages, %s", w.writes-writes, w.sent-sent, statsText(stats))
		}
	}
}

func statsText(s engine.Stats) string {
	text, _ := json.Marshal(s)
	return string(text)
}
