package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// expired is a time after which every item of a run has expired.
const expired = 130 * 24 * time.Hour

// again lets a world in which all has ended go on long afterwards: its run ids are used
// again, while items of the earlier runs are stored, although they have expired. In half
// of these worlds nothing deletes them; in the others they are deleted one by one, in
// any order.
func (w *world) again() {
	w.faults.clear()
	w.scheduler.now += expired
	w.scheduler.steps, w.scheduler.born = 0, w.scheduler.now
	w.faults.last = w.scheduler.now
	w.faults.hit(fault.UsedAgain)
	w.runs.forget()
	w.lives++
	collecting := w.chance.one(2)
	if collecting {
		w.collect()
		for range 5 {
			w.scheduler.at(w.chance.between(0, time.Minute), w.collect)
		}
	}
	w.faults.draw()
	w.open()
	w.play()
	if len(w.watcher.violations) == 0 {
		w.watcher.verify()
	}
}

// collect deletes some of the items that have expired.
func (w *world) collect() {
	deleted, left := memory.Collect(w.store.inner, w.scheduler.time(), func() bool { return w.chance.one(3) })
	w.scheduler.trace(nil, "%d expired items are deleted, %d stay", deleted, left)
	if w.scheduler.now > w.scheduler.born {
		sightDeletion(w.watcher, deleted, left)
	}
}

// count adds the statuses of the runs to the result.
func (w *world) count(statuses map[flow.Status]int) {
	for _, r := range w.runs.runs {
		statuses[r.state.Status]++
	}
}
