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
func checkQuiet(w *world) {
	if len(w.watcher.violations) > 0 {
		return
	}
	w.faults.clear()
	w.scheduler.now += 3 * time.Hour
	auditor := w.hosts.sandbox("audit", 0)
	for range 2 {
		writes, sent, timers := w.store.writes, w.queue.sent, len(w.store.timers)
		var stats engine.Stats
		w.rounds.tick(auditor, func(s engine.Stats, err error) {
			if stats = s; err != nil {
				w.watcher.violate(QuietIsLeftAlone, "its tick comes to %v", err)
			}
		})
		w.play()
		writes, sent = w.store.writes-writes, w.queue.sent-sent
		if sent > 0 || writes > 2*timers || stats.StalledRuns > 0 {
			w.watcher.violate(QuietIsLeftAlone, "%d writes, %d messages, %s", writes, sent, statsText(stats))
		}
	}
}

func statsText(s engine.Stats) string {
	text, _ := json.Marshal(s)
	return string(text)
}
