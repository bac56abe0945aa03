package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// rescues tries the faults of a reconciler while it rescues a run.
func rescues(judge func(Script)) {
	for late := time.Duration(0); late < 20*time.Second; late += 250 * time.Millisecond {
		judge(race(late))
	}
	timer, branches := named("retry that a timer holds"), named("two sinks")
	lost := planned("crash after commit n0").lost() // both branches are led to, and nothing was sent
	for _, kind := range []fault.Kind{fault.ReconcilerCrash, fault.ReconcilerRefused} {
		timer.everyTick(kind, judge)
		branches.everyTick(kind, judge, lost)
	}
	branches.limited(judge)
	judge(lagging())
}

// race delivers a message that late after it counts as lost, while a slow
// reconciler, between reading the run and reading the tasks, has not seen it.
func race(late time.Duration) Script {
	s := scenario{name: fmt.Sprintf("message %s after it is missed", late), draw: func(g *graph) {
		top, first, last := g.node(), g.node(), g.node(func(n *node) { n.duration = 18 * time.Second })
		g.chain(top, g.node())
		g.chain(top, first, last)
	}}
	w := newWorld(1, nil)
	w.setting.plain, w.setting.graph, w.setting.reconciling = true, s.graph(), true
	w.setting.timings.stalledAfter, w.setting.timings.tick = 87*time.Second, 7*time.Second
	w.queue.late, w.latency.tick = w.setting.timings.stalledAfter+late, 1500*time.Millisecond
	w.faults.hit(fault.Late)
	w.hosts.populate()
	return w.act(s.name)
}

// everyTick tries a fault at every request of the reconcilers, up to the first that
// breaks a guarantee: a run that never ends would be rescued for long.
func (s scenario) everyTick(kind fault.Kind, judge func(Script), before ...Scripted) {
	for at := 1; ; at++ {
		script := s.play(append(before[:len(before):len(before)], numbered(kind, at))...)
		if script.Result.Hits[kind] == 0 {
			return
		}
		if judge(script); len(script.Result.Violations) > 0 {
			return
		}
	}
}

// limited allows a tick fewer messages than are lost.
func (s scenario) limited(judge func(Script)) {
	for at := 1; ; at++ {
		w := s.world(numbered(fault.CrashAfter, at).lost())
		w.setting.rescueLimit = 1
		script := w.act(s.name + ", one rescue a tick")
		if script.Result.Hits[fault.CrashAfter] == 0 {
			return
		}
		judge(script)
	}
}

// lagging lets a reconciler find a run in the index that ended long before.
func lagging() Script {
	s := scenario{name: "index far behind", reconciled: true, draw: func(g *graph) {
		slow := func(n *node) { n.duration = 18 * time.Second }
		g.chain(g.node(slow), g.node(slow), g.node(slow))
	}}
	w := s.world()
	w.store.lag = 10 * time.Minute
	w.faults.hit(fault.IndexLag)
	found := 0
	w.scheduler.at(w.store.lag+2*time.Second, func() {
		w.rounds.tick(w.hosts.reconcilers[0], func(stats engine.Stats, _ error) { found = stats.StalledRuns })
	})
	script := w.act(s.name)
	script.Result.checkEndedIsFound(found)
	return script
}
