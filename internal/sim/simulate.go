package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
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
}

// Disturbed reports whether a fault hit other than those that a blueprint or a
// deployment causes.
func (r Result) Disturbed() bool {
	for kind := range r.Hits {
		if !kind.Circumstance() {
			return true
		}
	}
	return false
}

// Simulate simulates the world of a seed. With a log it writes the story. The
// blueprint is one of those given, with random code and conditions; if none is
// given, it is all random.
func Simulate(seed uint64, log io.Writer, blueprints ...*flow.Blueprint) Result {
	w := newWorld(seed, log)
	w.generate(blueprints)
	w.tell()
	w.populate()
	w.planFaults()
	w.open()
	return w.finish()
}

// tell begins the story with a description of the world.
func (w *world) tell() {
	if !w.tracing() {
		return
	}
	body, err := w.graph.blueprint.Body()
	if err != nil {
		panic(err)
	}
	w.trace(nil, "blueprint %s", body)
	w.trace(nil, "%s", w.timings)
}

func newWorld(seed uint64, log io.Writer) *world {
	w := &world{
		seed: seed, chance: rand.New(rand.NewPCG(seed, 1)), log: log,
		turn: make(chan struct{}), live: map[*process]bool{}, hits: map[fault.Kind]int{}, held: map[string]lockState{}, known: map[string]*run{},
		inner: memory.NewStore(memory.AbridgeAbove(0)), rescueLimit: 1000, skew: state.Skew / 2, draining: time.Minute,
		timings: timings{timeout: time.Minute, node: 20 * time.Second, visibility: 6 * time.Minute, stalledAfter: 5 * time.Minute, tick: time.Minute, maxReceives: 5},
	}
	w.locks = memory.NewLocks(func() time.Time {
		if w.current != nil {
			return w.current.home.clock()
		}
		return w.time()
	})
	return w
}

// generate draws the blueprint and the constant properties of the world.
func (w *world) generate(blueprints []*flow.Blueprint) {
	w.reconciling = w.chance.IntN(2) == 0
	w.graph = generate(rand.New(rand.NewPCG(w.seed, 2)), w.reconciling, pick(blueprints, w.chance))
	w.reconciling = w.reconciling || w.graph.patient()
	if err := w.graph.build("2"); err != nil {
		panic(err)
	}
	if w.chance.IntN(4) == 0 {
		w.oldVersion = w.graph.older()
	}
	if w.chance.IntN(3) == 0 { // short invocations, which chains use up
		w.timings.timeout, w.timings.node = 12*time.Second, 4*time.Second
	}
	switch w.chance.IntN(6) {
	case 0:
		w.timings.visibility = w.timings.timeout + 2*state.Skew
	case 1:
		w.timings.visibility = w.timings.timeout / 2
		w.hits[fault.ShortVisibility]++
	}
	if w.chance.IntN(2) == 0 {
		w.timings.stalledAfter = (4*(w.timings.timeout+state.Skew) + 3*time.Second) / 3
	}
	switch w.chance.IntN(3) {
	case 0:
		w.timings.tick = 7 * time.Second
	case 1:
		w.timings.tick = 5 * time.Minute
	}
	if w.reconciling && w.chance.IntN(3) == 0 {
		w.indexLag = w.between(0, 3*time.Second)
		if w.chance.IntN(4) == 0 {
			w.indexLag = w.between(0, 10*time.Minute)
		}
		w.hits[fault.IndexLag]++
	}
	if w.reconciling && w.chance.IntN(4) == 0 { // messages arrive when reconcilers begin to consider them lost
		w.timings.tick = 7 * time.Second
		w.slow = true
		for _, n := range w.graph.nodes {
			n.duration = time.Duration(w.chance.IntN(2)) * 10 * time.Second
		}
	}
	if w.reconciling && w.chance.IntN(8) == 0 {
		w.rescueLimit = 1 + w.chance.IntN(3)
	}
	if w.reconciling && w.chance.IntN(8) == 0 {
		w.others = 1 + w.chance.IntN(min(w.rescueLimit, 5))
		w.hits[fault.BusyQueue]++
	}
}

// older returns the version of the blueprint that was deployed before: the same
// except for its number, so that its runs pin another hash.
func (g *graph) older() *graph {
	old := &graph{nodes: g.nodes, edges: g.edges, writers: g.writers, byID: g.byID}
	if err := old.build("1"); err != nil {
		panic(err)
	}
	return old
}

// populate adds workers and reconcilers.
func (w *world) populate() {
	workers, reconcilers := 1, 1
	skewed := false
	if !w.plain {
		workers, reconcilers = 1+w.chance.IntN(3), 1+w.chance.IntN(2)
		skewed = w.chance.IntN(2) == 0
	}
	if skewed && w.chance.IntN(4) == 0 {
		w.skew = state.Skew
		w.hits[fault.FarSkew]++
	}
	skew := func() time.Duration {
		if !skewed {
			return 0
		}
		w.hits[fault.Skew]++
		return w.between(-w.skew, w.skew)
	}
	for i := range workers {
		w.sandboxes = append(w.sandboxes, &sandbox{world: w, name: fmt.Sprintf("w%d", i), skew: skew()})
	}
	w.outdated = &sandbox{world: w, name: "old", skew: skew(), old: true}
	if !w.reconciling {
		return
	}
	for i := range reconcilers {
		w.reconcilers = append(w.reconcilers, &sandbox{world: w, name: fmt.Sprintf("r%d", i), skew: skew()})
	}
}

// finish simulates everything, and checks it.
func (w *world) finish() Result {
	w.play(func() bool { return false })
	lasted := w.now
	if len(w.violations) == 0 {
		w.verify()
		w.checkQuiet()
	}
	w.rest()
	result := Result{
		Seed: w.seed, Violations: w.violations, Hits: w.hits, Reconciled: w.reconciling,
		Requests: w.requests, Messages: w.sent, Lasted: lasted, Statuses: map[flow.Status]int{},
	}
	for _, r := range w.runs {
		result.Statuses[r.state.Status]++
	}
	return result
}
