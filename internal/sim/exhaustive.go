package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// Script is a world without randomness, in which only the planned faults occur.
type Script struct {
	Blueprint string // one of the scenarios
	Faults    []Scripted
	Result    Result
}

// String names the script and its violations.
func (s Script) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "script %q", s.Blueprint)
	for _, f := range s.Faults {
		fmt.Fprintf(&text, "; %s", f)
	}
	return text.String() + ": " + s.Result.Violations.String()
}

// play simulates the world of a script.
func (s scenario) play(faults ...Scripted) Script {
	return s.world(faults...).act(s.name)
}

// world returns the world of a script before it begins. Lost messages need a
// reconciler.
func (s scenario) world(faults ...Scripted) *world {
	w := newWorld(1, nil)
	w.setting.plain, w.setting.graph = true, s.graph()
	if s.sent {
		w.setting.strands, w.setting.spread = 1, -1
	}
	for _, f := range faults {
		f.Hit = fault.Request{}
		w.faults.script = append(w.faults.script, &scripted{f, fault.Pending{Plan: f.Plan}})
	}
	w.setting.reconciling = s.reconciled || slices.ContainsFunc(faults, func(f Scripted) bool { return f.Lost })
	if w.setting.reconciling {
		w.setting.timings.stalledAfter = 87 * time.Second
	}
	w.hosts.populate()
	return w
}

// act simulates the world.
func (w *world) act(name string) Script {
	script := w.faults.script
	w.open()
	result := w.finish()
	result.Requests -= w.wire.tickRequests
	var faults []Scripted
	for _, s := range script {
		faults = append(faults, s.Scripted)
	}
	return Script{name, faults, result}
}

// scriptedFaults are tried at every request.
var scriptedFaults = []fault.Kind{fault.CrashBefore, fault.CrashAfter, fault.AnswerLost, fault.Repeated, fault.Refused, fault.ZombieBefore, fault.ZombieAfter, fault.Duplicate, fault.DuplicateNew}

// pairedFaults are tried at every request after another fault.
var pairedFaults = map[fault.Kind][]fault.Kind{
	fault.CrashBefore:  {fault.CrashBefore, fault.CrashAfter},
	fault.CrashAfter:   {fault.CrashBefore, fault.CrashAfter},
	fault.ZombieBefore: {fault.CrashAfter}, // of the worker that has taken over
}

// losingFaults are also tried with the loss of the message.
var losingFaults = []fault.Kind{fault.CrashBefore, fault.CrashAfter, fault.AnswerLost}

// Exhaustive tries every single fault at every request of every scenario; those
// that end a worker also with the loss of its message; in the small scenarios every
// pair of crashes, and of a pause and a crash; then the faults of a reconciler. It
// returns the number of worlds, and those that failed, at most limit.
func Exhaustive(limit int) (tried int, failed []Script) {
	judge := func(s Script) {
		tried++
		if len(s.Result.Violations) > 0 && len(failed) < limit {
			failed = append(failed, s)
		}
	}
	for _, s := range scenarios {
		plain := s.play()
		judge(plain)
		for at := 1; at <= plain.Result.Requests && len(failed) < limit; at++ {
			for _, kind := range losingFaults {
				judge(s.play(numbered(kind, at).lost()))
			}
			for _, kind := range scriptedFaults {
				single := s.play(numbered(kind, at))
				judge(single)
				if s.small && len(single.Result.Violations) == 0 { // otherwise its end, and its requests, have no bound
					s.pairs(single, judge)
				}
			}
		}
		if len(failed) == limit {
			return tried, failed
		}
	}
	for _, name := range []string{"two sinks", "retry"} {
		named(name).lastReceives(judge)
	}
	judge(withoutCode())
	rescues(judge)
	return tried, failed
}

// lastReceives uses up the receives of each message in turn; on the last receive, a
// failed read loses nothing.
func (s scenario) lastReceives(judge func(Script)) {
	plain := s.play().Result
	for m := 1; m <= plain.Messages; m++ {
		for at := 1; at <= plain.Requests; at++ {
			w := s.world(numbered(fault.Refused, at))
			w.delivery.lastReceive = "m" + strconv.Itoa(m)
			w.faults.hit(fault.LastReceive)
			judge(w.act(fmt.Sprintf("%s, last receive of %s", s.name, w.delivery.lastReceive)))
		}
	}
}

// withoutCode removes from all workers the code of a node whose message is under
// way, as by a deployment that was rolled back: the run fails.
func withoutCode() Script {
	s := scenario{name: "code that no worker has", draw: func(g *graph) {
		recent := func(n *node) { n.recent = true }
		g.chain(g.node(), g.node(recent))
		g.chain(g.nodes[0], g.node(recent))
	}}
	w := newWorld(1, nil)
	w.setting.plain, w.setting.graph, w.setting.missingCode = true, s.graph(), 10*time.Second
	w.setting.strands, w.setting.spread = 1, -1
	w.hosts.populate()
	w.open()
	w.scheduler.at(20*time.Millisecond, func() {
		w.faults.hit(fault.OldWorker)
		w.hosts.workers[0].old = true
		w.hosts.workers[0].cold()
	})
	result := w.finish()
	result.checkMissingCodeFails()
	return Script{Blueprint: s.name, Result: result}
}

// pairs adds a crash at every request after the first fault.
func (s scenario) pairs(single Script, judge func(Script)) {
	first := single.Faults[0]
	for at := first.Nth + 1; at <= single.Result.Requests; at++ {
		for _, kind := range pairedFaults[first.Kind] {
			judge(s.play(first, numbered(kind, at)))
		}
	}
}
