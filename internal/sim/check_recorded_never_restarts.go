package sim

// RecordedNeverRestarts is about starts of node code, but for those beside a job that nobody
// has sent.
const RecordedNeverRestarts Invariant = "a node whose outcome is recorded does not start again, but in a zombie"

func recordedNeverRestarts(w *watcher) moments {
	return moments{started: func(s start) {
		if s.run.decided(w.setting.graphOf(s.run), s.node) != nil && !s.process.zombie && !s.run.invented && !w.setting.leasesOverlap() {
			w.violate(RecordedNeverRestarts, "run %s: %s starts in %s", s.run.id, s.node.id, s.process.name)
		}
	}}
}
