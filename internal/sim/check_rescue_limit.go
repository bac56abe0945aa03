package sim

// RescuesAreLimited is about the reconciler.
const RescuesAreLimited Invariant = "a tick sends no more jobs than it may"

func (w *world) checkRescueLimit(jobs int) {
	if jobs > w.rescueLimit {
		w.violate(RescuesAreLimited, "%d jobs: the limit is %d", jobs, w.rescueLimit)
	}
}
