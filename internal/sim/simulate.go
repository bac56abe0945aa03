package sim

import (
	"io"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Result is the result of a world.
type Result struct {
	Seed       uint64
	Violations Violations // empty: everything held
	Hits       map[fault.Kind]int
	Reconciled bool // a reconciler was at work
	Requests   int
	Messages   int
	Lasted     time.Duration // in the world's time
	Statuses   map[flow.Status]int
	Reached    []Rare
}

// Disturbed reports whether a fault hit other than those that a blueprint or a
// deployment causes.
func (r Result) Disturbed() bool { return harmful(r.Hits) > 0 }

// Simulate simulates the world of a seed. With a log it writes the story. The
// blueprint is one of those given, with random code and conditions; if none is
// given, it is all random.
func Simulate(seed uint64, log io.Writer, blueprints ...*flow.Blueprint) Result {
	w := newWorld(seed, log)
	w.draw(blueprints)
	w.tell()
	w.hosts.populate()
	w.faults.draw()
	w.open()
	return w.finish()
}
