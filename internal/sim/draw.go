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
	if len(blueprints) == 0 {
		w.drawLarge()
	}
	if err := s.graph.build("2"); err != nil {
		panic(err)
	}
	s.impatient, s.again = w.chance.one(2), w.chance.one(8)
	w.load.contended = w.chance.one(8)
	s.torn, s.batching = w.chance.one(6), w.chance.one(3) || s.batching
	if s.batching {
		s.parallel = []int{0, 1, 2, 4}[w.chance.IntN(4)]
	}
	w.drawStrands()
	if w.chance.one(8) {
		s.generous = true
		w.faults.hit(fault.LongDeadline)
	}
	w.drawTimings()
	if w.chance.one(4) {
		w.drawOlder(pick(blueprints, w.chance))
	}
	if w.chance.one(12) { // so much that the work does not pile up
		w.load.capacity = 3 + w.chance.IntN(9)
		for _, g := range s.graphs() {
			w.load.capacity += len(g.nodes) / 4
		}
	}
	if s.reconciling {
		w.drawReconcilers()
	}
}

// drawStrands draws how many tasks one message runs side by side, and how long its further
// tasks wait before they are sent: -1 is not at all.
func (w *world) drawStrands() {
	s := w.setting
	s.strands = []int{0, 1, 2, 16, 1000}[w.chance.IntN(5)]
	s.spread = []time.Duration{-1, 20 * time.Millisecond, 0, 2 * time.Second, time.Hour}[w.chance.IntN(5)]
	if s.memory > 0 && w.chance.one(2) { // messages, rather than strands, share it
		s.strands, s.spread = 1, -1
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

// drawOlder draws the version of the blueprint that was deployed before, and with it
// perhaps workers with more time: the timeout of the function has been lowered since,
// and nodes of that version may have a longer one.
func (w *world) drawOlder(outside *flow.Blueprint) {
	s := w.setting
	s.oldVersion = s.graph.older()
	if w.chance.one(2) {
		s.oldVersion = generate(newChance(s.seed, 3), s.reconciling, outside)
		s.reconciling = s.reconciling || s.oldVersion.patient()
		if w.chance.one(2) {
			s.lowered = time.Minute
			s.timings.timeout, s.timings.node, s.timings.stalledAfter = 12*time.Second, 4*time.Second, 5*time.Minute
			for _, n := range s.oldVersion.nodes {
				n.timeout = time.Duration(5+w.chance.IntN(50)) * time.Second
			}
		}
	}
	if err := s.oldVersion.build("1"); err != nil {
		panic(err)
	}
	if w.chance.IntN(3) > 0 { // it also takes the start of a run
		w.faults.drawn = append(w.faults.drawn, due{fault.OldWorker, 0})
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
