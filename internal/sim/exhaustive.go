package sim

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Scripted is a fault planned by hand: it hits the workers' request of that
// number, counted from 1, or the reconcilers' if it is a fault of theirs.
type Scripted struct {
	Request int
	Fault   Fault
	Lost    bool // the queue never brings the worker's message back
}

// Script is a world without chance, in which only the planned faults happen.
type Script struct {
	Blueprint string // one of the sketches
	Faults    []Scripted
	Result    Result
}

// String names the script and what came of it.
func (s Script) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "script %q", s.Blueprint)
	for _, f := range s.Faults {
		fmt.Fprintf(&text, ", %s %d", f.Fault, f.Request)
		if f.Lost {
			text.WriteString(" and its message lost")
		}
	}
	return text.String() + ": " + strings.Join(s.Result.Violations, "; ")
}

// play lets the world of a script happen.
func (s sketch) play(log io.Writer, faults ...Scripted) Script {
	return s.world(log, faults...).act(s.name)
}

// world is that of a script, before it begins. What is lost only a reconciler
// finds.
func (s sketch) world(log io.Writer, faults ...Scripted) *world {
	w := newWorld(1, log)
	w.plain, w.graph, w.script = true, s.graph(), faults
	w.reconciling = s.reconciled || slices.ContainsFunc(faults, func(f Scripted) bool { return f.Lost })
	if w.reconciling {
		w.timings.stalledAfter = 87 * time.Second
	}
	w.populate()
	return w
}

// act lets the world happen.
func (w *world) act(name string) Script {
	faults := w.script
	w.open()
	result := w.finish()
	result.Requests -= w.tickRequests
	return Script{name, faults, result}
}

// scriptedFaults are those that are tried at every request.
var scriptedFaults = []Fault{KillBefore, KillAfter, LostResponse, Repeat, Throttle, Zombie, ZombieAfter, Duplicate, DuplicateNew}

// pairedFaults are those that are tried at every request after another one.
var pairedFaults = map[Fault][]Fault{
	KillBefore: {KillBefore, KillAfter},
	KillAfter:  {KillBefore, KillAfter},
	Zombie:     {KillAfter}, // of the worker that has taken over
}

// losingFaults are those that are tried with the loss of the message, too.
var losingFaults = []Fault{KillBefore, KillAfter, LostResponse}

// Exhaustive tries every single fault at every request of every sketch, those
// that end a worker also with the loss of its message, and of the small sketches
// every pair of crashes, and of a pause and a crash; then what may happen to a
// reconciler. It returns how many worlds that were, and those that failed, at
// most limit.
func Exhaustive(limit int) (tried int, failed []Script) {
	judge := func(s Script) {
		tried++
		if len(s.Result.Violations) > 0 && len(failed) < limit {
			failed = append(failed, s)
		}
	}
	for _, s := range sketches {
		plain := s.play(nil)
		judge(plain)
		for at := 1; at <= plain.Result.Requests && len(failed) < limit; at++ {
			for _, fault := range losingFaults {
				judge(s.play(nil, Scripted{at, fault, true}))
			}
			for _, fault := range scriptedFaults {
				single := s.play(nil, Scripted{Request: at, Fault: fault})
				judge(single)
				if s.small && len(single.Result.Violations) == 0 { // else its end, and its requests, have no bound
					s.pairs(single, judge)
				}
			}
		}
		if len(failed) == limit {
			return tried, failed
		}
	}
	for _, name := range []string{"two sinks", "retry"} {
		named(name).worn(judge)
	}
	judge(withoutCode())
	rescues(judge)
	return tried, failed
}

// worn uses up the receives of each message in turn; on the last one, a reading
// that fails loses nothing.
func (s sketch) worn(judge func(Script)) {
	plain := s.play(nil).Result
	for m := 1; m <= plain.Messages; m++ {
		for at := 1; at <= plain.Requests; at++ {
			w := s.world(nil, Scripted{Request: at, Fault: Throttle})
			w.worn = "m" + strconv.Itoa(m)
			w.hits[LastReceive]++
			judge(w.act(fmt.Sprintf("%s, last receive of %s", s.name, w.worn)))
		}
	}
}

// withoutCode lets all workers lose the code of a node whose message is under
// way, as by a deployment that was taken back: the run fails.
func withoutCode() Script {
	s := sketch{name: "code that no worker has", draw: func(g *graph) {
		recent := func(n *node) { n.recent = true }
		g.chain(g.node(), g.node(recent))
		g.chain(g.nodes[0], g.node(recent))
	}}
	w := newWorld(1, nil)
	w.plain, w.graph = true, s.graph()
	w.populate()
	w.open()
	w.at(20*time.Millisecond, func() {
		w.hits[OldWorker]++
		w.sandboxes[0].old = true
		w.sandboxes[0].cold()
	})
	result := w.finish()
	if result.Statuses[flow.Failed] != 1 {
		result.Violations = append(result.Violations, fmt.Sprintf("the run has not failed: %v", result.Statuses))
	}
	return Script{Blueprint: s.name, Result: result}
}

// pairs adds a crash at every request after the first fault.
func (s sketch) pairs(single Script, judge func(Script)) {
	first := single.Faults[0]
	for at := first.Request + 1; at <= single.Result.Requests; at++ {
		for _, fault := range pairedFaults[first.Fault] {
			judge(s.play(nil, first, Scripted{Request: at, Fault: fault}))
		}
	}
}

// scripted is the planned fault of a process's next request, if there is one.
func (w *world) scripted(p *process) Fault {
	number := w.requests - w.tickRequests + 1
	if p.tick {
		number = w.tickRequests + 1
	}
	for _, s := range w.script {
		if s.Request != number || p.tick != slices.Contains(tickFaults, s.Fault) || w.spared(p) && !w.reading {
			continue
		}
		w.hits[s.Fault]++
		if s.Lost {
			w.hits[DeadLetter]++
			w.bury(p.message, "lost")
		}
		return s.Fault
	}
	return ""
}
