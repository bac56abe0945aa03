package sim

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var (
	background = context.Background()
	epoch      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
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

// world holds the whole state of one simulation.
type world struct {
	seed   uint64
	chance *rand.Rand
	now    time.Duration
	agenda agenda

	turn    chan struct{}
	current *process
	reading bool   // the next request changes nothing
	detail  string // of that request, while a story is told
	live    map[*process]bool

	timings     timings
	skew        time.Duration // of a clock, at most; leases tolerate state.Skew between two
	reconciling bool
	rescueLimit int
	slow        bool          // reconcilers take their time
	plain       bool          // no randomness except the script's
	late        time.Duration // by script: of the first message that a worker sends
	tickLatency time.Duration // by script: of a reconciler's requests
	lastReceive string        // by script: the message whose first receive is its last
	graph       *graph
	oldVersion  *graph

	inner    *memory.Store
	locks    *memory.Locks
	held     map[string]lockState
	timers   []indexed[state.Timer]
	indexLag time.Duration
	messages []*message
	queued   int
	behind   time.Duration // nothing is received before
	others   int           // messages of other runs, always visible
	draining time.Duration // then waiting messages are received within this time

	sandboxes   []*sandbox
	outdated    *sandbox
	reconcilers []*sandbox
	runs        []*run
	known       map[string]*run // by id

	faults    []due
	script    []*scripted
	hits      map[fault.Kind]int
	lastFault time.Duration

	ids, sent, deliveries, ticks, requests, tickRequests, writes, tickWrites, rescued, steps int

	deadLetters []*message
	violations  Violations
	log         io.Writer
}

func (w *world) time() time.Time { return epoch.Add(w.now) }

func (w *world) newID() string {
	w.ids++
	return fmt.Sprintf("o%d", w.ids)
}

// at schedules a call.
func (w *world) at(in time.Duration, do func()) {
	w.agenda.push(event{at: w.now + in, do: do})
}

func (w *world) tracing() bool { return w.log != nil }

// trace writes a line of the story; p is nil for an event without a process.
func (w *world) trace(p *process, format string, args ...any) {
	if w.log == nil {
		return
	}
	name := "-"
	if p != nil {
		name = p.name
	}
	fmt.Fprintf(w.log, "%12.3f %-12s %s\n", w.now.Seconds(), name, fmt.Sprintf(format, args...))
}

// alive returns the processes that are not over, in the order of their names.
func (w *world) alive() []*process {
	var alive []*process
	for p := range w.live {
		alive = append(alive, p)
	}
	slices.SortFunc(alive, func(a, b *process) int { return cmp.Compare(a.name, b.name) })
	return alive
}

// play processes all scheduled events, until none is left or stop reports true.
func (w *world) play(stop func() bool) {
	for len(w.agenda.events) > 0 && len(w.violations) == 0 && !stop() {
		if w.steps++; !w.checkComesToRest() {
			return
		}
		e := w.agenda.pop()
		w.now = max(w.now, e.at)
		switch {
		case e.do != nil:
			e.do()
		case !e.process.over && e.process.waiting == e.seq:
			w.run(e.process)
		}
	}
}

// rest ends every process that still waits for its turn.
func (w *world) rest() {
	for _, p := range w.alive() {
		p.dead = true
		w.run(p)
	}
}
