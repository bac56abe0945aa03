package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// draw draws the blueprint and the constant properties of the world.
func (w *world) draw(blueprints []*flow.Blueprint) {
	s := w.setting
	s.reconciling = w.chance.one(2)
	s.graph = generate(newChance(s.seed, 2), s.reconciling, pick(blueprints, w.chance))
	s.reconciling = s.reconciling || s.graph.patient()
	if err := s.graph.build("2"); err != nil {
		panic(err)
	}
	if w.chance.one(4) {
		s.oldVersion = s.graph.older()
	}
	w.drawTimings()
	if s.reconciling {
		w.drawReconcilers()
	}
}

func (w *world) drawTimings() {
	t := &w.setting.timings
	if w.chance.one(3) { // short invocations, which chains use up
		t.timeout, t.node = 12*time.Second, 4*time.Second
	}
	switch w.chance.IntN(6) {
	case 0:
		t.visibility = t.timeout + 2*state.Skew
	case 1:
		t.visibility = t.timeout / 2
		w.faults.hit(fault.ShortVisibility)
	}
	if w.chance.one(2) {
		t.stalledAfter = (4*(t.timeout+state.Skew) + 3*time.Second) / 3
	}
	switch w.chance.IntN(3) {
	case 0:
		t.tick = 7 * time.Second
	case 1:
		t.tick = 5 * time.Minute
	}
}

// drawReconcilers draws the properties of reconcilers, and of the indexes and the
// queue that they look at.
func (w *world) drawReconcilers() {
	if w.chance.one(3) {
		w.store.lag = w.chance.between(0, 3*time.Second)
		if w.chance.one(4) {
			w.store.lag = w.chance.between(0, 10*time.Minute)
		}
		w.faults.hit(fault.IndexLag)
	}
	if w.chance.one(4) { // messages arrive when reconcilers begin to consider them lost
		w.setting.timings.tick = 7 * time.Second
		w.setting.slow = true
		for _, n := range w.setting.graph.nodes {
			n.duration = time.Duration(w.chance.IntN(2)) * 10 * time.Second
		}
	}
	if w.chance.one(8) {
		w.setting.rescueLimit = 1 + w.chance.IntN(3)
	}
	if w.chance.one(8) {
		w.queue.others = 1 + w.chance.IntN(min(w.setting.rescueLimit, 5))
		w.faults.hit(fault.BusyQueue)
	}
}
