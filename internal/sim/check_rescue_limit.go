package sim

// RescuesAreLimited is about the reconciler.
const RescuesAreLimited Invariant = "a tick sends no more jobs than it may"

func checkRescueLimit(w *watcher, jobs int) {
	if jobs > w.setting.rescueLimit {
		w.violate(RescuesAreLimited, "%d jobs: the limit is %d", jobs, w.setting.rescueLimit)
	}
}
