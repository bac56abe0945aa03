package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// rounds lets reconcilers tick again and again, until everything has ended.
type rounds struct {
	setting   *setting
	chance    chance
	scheduler *scheduler
	faults    *faults
	hosts     *hosts
	queue     *queue
	locks     *locks
	runs      *registry
	watcher   *watcher
	ticks     int
}

// begin schedules the ticks of all reconcilers.
func (o *rounds) begin() {
	for _, home := range o.hosts.reconcilers {
		o.schedule(home)
	}
}

func (o *rounds) schedule(home *sandbox) {
	var next func()
	next = func() {
		if o.over() || !endsInTime(o.watcher) {
			return
		}
		if o.faults.occasional(fault.StaleLock) {
			o.staleLock()
		}
		o.tick(home, nil)
		o.scheduler.at(o.setting.timings.tick, next)
	}
	o.scheduler.at(o.chance.between(0, o.setting.timings.tick), next)
}

// over reports whether every started run has ended, and nothing is under way.
// Events from outside may occur in the first ten minutes, except in a script.
func (o *rounds) over() bool {
	if o.queue.waiting > 0 || !o.setting.plain && o.scheduler.now-o.scheduler.born < 11*time.Minute {
		return false
	}
	for p := range o.scheduler.live {
		if !p.tick {
			return false
		}
	}
	return o.runs.ended()
}

// tick lets a reconciler process all runs once.
func (o *rounds) tick(home *sandbox, done func(engine.Stats, error)) {
	o.ticks++
	p := &process{name: fmt.Sprintf("%s.%d", home.name, o.ticks), handling: &handling{home: home, tick: true, deadline: o.scheduler.now + time.Minute}}
	o.scheduler.spawn(p, func() {
		stats, err := home.reconciler().Tick(o.scheduler.clocked(home))
		if !p.dead {
			o.scheduler.trace(p, "has ticked: %+v %v", stats, err)
		}
		checkRescueLimit(o.watcher, stats.Jobs)
		if !p.dead && done != nil {
			done(stats, err)
		}
	})
}

// staleLock leaves the locks of a reconciler that died long ago and that were never
// collected.
func (o *rounds) staleLock() {
	for _, r := range o.runs.runs {
		o.locks.leave("lock#reconcile#"+r.id, o.hosts.newID(), o.chance.between(0, 5*time.Minute))
	}
}
