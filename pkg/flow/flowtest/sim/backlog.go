package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Drained is how a queue that was behind was drained.
type Drained struct {
	Runs       int
	Messages   int // that were sent in all
	Needed     int // that the same runs need when the queue is not behind
	Violations []string
}

// Extra is how many messages were sent without need.
func (d Drained) Extra() int { return d.Messages - d.Needed }

// Backlog lets a queue fall behind while each of many runs waits for one
// message in it, with a reconciler that sends at most limit jobs a tick. All
// runs must complete.
func Backlog(runs int, behind time.Duration, limit int) Drained {
	needed := drain(runs, 0, limit)
	d := drain(runs, behind, limit)
	d.Needed = needed.Messages
	return d
}

func drain(runs int, behind time.Duration, limit int) Drained {
	w := newWorld(1, nil)
	w.plain, w.reconciling, w.rescueLimit = true, true, limit
	w.graph = sketch{draw: func(g *graph) {
		retried := g.node(fails(1, 2))
		g.chain(g.node(), retried, g.node())
	}}.graph()
	w.populate()
	for i := range runs {
		w.startRun(time.Duration(i)*time.Millisecond, fmt.Sprintf("r%d", i))
	}
	// When it begins, every run has sent the message of its second attempt.
	w.at(2*time.Second, func() { w.behind = w.now + behind })
	for _, home := range w.reconcilers {
		w.schedule(home)
	}
	w.play(func() bool { return false })
	for _, r := range w.runs {
		if r.state.Status != flow.Completed {
			w.violate("run %s: it is %q, want completed", r.id, r.state.Status)
		}
	}
	w.rest()
	return Drained{Runs: runs, Messages: w.sent, Violations: w.violations}
}
