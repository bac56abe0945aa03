package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Backlog is a queue that falls behind while each of many runs waits for one
// message in it.
type Backlog struct {
	Runs     int
	Over     time.Duration // during which they start
	Behind   time.Duration // for so long nothing is received
	Draining time.Duration // then all waiting messages are received within this time
	Limit    int           // of the jobs that a tick of the reconciler sends
	Lost     int           // number of lost messages
	Others   int           // messages of other runs, always visible
}

// String describes the backlog.
func (b Backlog) String() string {
	return fmt.Sprintf("%d runs, at most %d rescues a tick: started over %s, behind by %s, drained in %s", b.Runs, b.Limit, b.Over, b.Behind, b.Draining)
}

// Backlogs returns the cases of [TestBacklogIsNotMadeWorse]: few and many runs,
// more and fewer than a tick may rescue.
func Backlogs() (all []Backlog) {
	const minute = time.Minute
	for _, runs := range []int{20, 300} {
		for _, limit := range []int{20, 1000} {
			all = append(all,
				Backlog{Runs: runs, Behind: 30 * minute, Draining: minute, Limit: limit},
				Backlog{Runs: runs, Behind: 35 * minute, Draining: 15 * minute, Limit: limit},
				Backlog{Runs: runs, Behind: 50 * minute, Draining: minute, Limit: limit, Over: 20 * minute},
				Backlog{Runs: runs, Behind: 55 * minute, Draining: 4 * minute, Limit: limit},
			)
		}
	}
	return append(all,
		Backlog{Runs: 1500, Over: 10 * minute, Behind: 40 * minute, Draining: 10 * minute, Limit: 1000},
		Backlog{Runs: 300, Behind: 3 * time.Hour, Draining: minute, Limit: 20},
	)
}

// Drained is the result of draining such a queue.
type Drained struct {
	Messages   int           // sent in all
	Needed     int           // needed by the same runs when the queue is not behind
	Longest    time.Duration // time until the last run had ended
	Violations Violations
}

// Extra is the number of messages sent without need.
func (d Drained) Extra() int { return d.Messages - d.Needed }

// String reports the number of messages.
func (d Drained) String() string {
	return fmt.Sprintf("%d messages, %d of them without need", d.Messages, d.Extra())
}

// Worse reports whether more than a tenth of the messages was sent without need.
func (d Drained) Worse() bool { return 10*d.Extra() > d.Needed }

// Drain simulates the backlog. All runs must complete.
func (b Backlog) Drain() Drained {
	prompt := Backlog{Runs: b.Runs, Over: b.Over, Limit: b.Limit}
	d := b.drain()
	d.Needed = prompt.drain().Messages + b.Lost
	return d
}

func (b Backlog) drain() Drained {
	w := newWorld(1, nil)
	w.setting.plain, w.setting.reconciling, w.setting.rescueLimit = true, true, b.Limit
	w.delivery.draining, w.queue.others = b.Draining, b.Others
	w.setting.graph = scenario{draw: func(g *graph) {
		retried := g.node(fails(1, 2))
		g.chain(g.node(), retried, g.node())
	}}.graph()
	w.hosts.populate()
	for i := range b.Runs {
		w.callers.startRun(b.Over*time.Duration(i)/time.Duration(b.Runs)+time.Duration(i)*time.Millisecond, fmt.Sprintf("r%d", i))
	}
	// By then the first runs have sent the messages of their second attempts.
	w.scheduler.at(2*time.Second, func() { w.delivery.behind = w.scheduler.now + b.Behind })
	w.scheduler.at(3*time.Second, func() { w.queue.lose(b.Lost) })
	w.rounds.begin()
	w.play()
	d := Drained{Messages: w.queue.sent}
	for _, r := range w.runs.runs {
		if r.state.Status != flow.Completed {
			w.watcher.violate(EveryRunEnds, "run %s: it is %q, want completed", r.id, r.state.Status)
		}
		d.Longest = max(d.Longest, r.finishedAt)
	}
	w.scheduler.rest()
	d.Violations = w.watcher.violations
	return d
}
