package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// timings are durations that depend on each other.
type timings struct {
	timeout      time.Duration // of the function
	node         time.Duration // of a node
	visibility   time.Duration
	stalledAfter time.Duration
	tick         time.Duration
	maxReceives  int
}

// String describes the timings in a story.
func (t timings) String() string {
	return fmt.Sprintf("timeout %s, of a node %s; visibility %s, at most %d receives; stalled after %s, ticks every %s",
		t.timeout, t.node, t.visibility, t.maxReceives, t.stalledAfter, t.tick)
}

// setting is all that stays the same while a world lasts.
type setting struct {
	seed        uint64
	timings     timings
	skew        time.Duration // of a clock, at most; leases tolerate state.Skew between two
	reconciling bool
	rescueLimit int
	slow        bool          // reconcilers take their time
	missingCode time.Duration // for which a job waits for its code; 0: as by default
	again       bool          // run ids are used again
	batching    bool          // a worker takes several messages at a time
	memory      int           // bytes, of a worker; 0: enough
	parallel    int           // messages that it works on at a time; 0: as by default
	strands     int           // of a message, side by side; 0: as by default
	spread      time.Duration // see [engine.Config]
	torn        bool          // reads are of different moments
	generous    bool          // the host may give a worker more time than its timeout
	impatient   bool          // clients give up silent requests
	plain       bool          // no randomness except the script's
	graph       *graph
	oldVersion  *graph
	lowered     time.Duration // the timeout of the older workers, if theirs was longer
	skewed      bool          // clocks differ
}

func newSetting(seed uint64) *setting {
	return &setting{
		seed: seed, rescueLimit: 1000, skew: state.Skew / 2,
		timings: timings{timeout: time.Minute, node: 20 * time.Second, visibility: 6 * time.Minute, stalledAfter: 5 * time.Minute, tick: time.Minute, maxReceives: 5},
	}
}

// graphOf returns the blueprint that a run pins.
func (s *setting) graphOf(r *run) *graph {
	if s.oldVersion != nil && r.state.BlueprintHash == s.oldVersion.hash {
		return s.oldVersion
	}
	return s.graph
}

// graphs returns the versions of the blueprint that runs may pin.
func (s *setting) graphs() []*graph {
	if s.oldVersion == nil {
		return []*graph{s.graph}
	}
	return []*graph{s.graph, s.oldVersion}
}

// apart returns how far two clocks may differ.
func (s *setting) apart() time.Duration {
	if !s.skewed {
		return 0
	}
	return 2 * s.skew
}

// recorded finds the routing of nodes from the records of a run.
func (s *setting) recorded(r *run) *walk {
	g := s.graphOf(r)
	return newWalk(g, func(n *node) *decided { return r.decided(g, n) })
}

// spared reports whether a message is on its last permitted receive in a world
// without a reconciler: no fault hits it then, since the queue would give it up.
func (s *setting) spared(p *process) bool {
	return !s.reconciling && p.receives >= s.timings.maxReceives
}

// leasesOverlap reports whether clocks differ so much that a lease expires for one
// worker while it is live for another. That may cause a second start, but no second
// outcome.
func (s *setting) leasesOverlap() bool { return 2*s.skew > state.Skew }
