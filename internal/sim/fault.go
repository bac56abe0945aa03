package sim

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// The faults of requests, messages and reconcilers that a world can draw.
var (
	requestFaults = []fault.Kind{fault.CrashBefore, fault.CrashAfter, fault.AnswerLost, fault.Repeated, fault.Refused, fault.PartialSend, fault.Slow, fault.ZombieBefore, fault.ZombieAfter}
	messageFaults = []fault.Kind{fault.Duplicate, fault.DuplicateNew, fault.Late, fault.QueueBehind, fault.LastReceive, fault.OldWorker}
	tickFaults    = []fault.Kind{fault.ReconcilerCrash, fault.ReconcilerSlow, fault.ReconcilerRefused, fault.DeadLetter, fault.StaleLock}
)

// Faults returns all faults, in the order in which they are reported.
func Faults() []fault.Kind {
	return slices.Concat(requestFaults, messageFaults, tickFaults, []fault.Kind{
		fault.NodeCrash, fault.Cancel, fault.SecondStart, fault.ForgedJob, fault.ShortVisibility, fault.Skew, fault.FarSkew, fault.IndexLag, fault.BusyQueue,
	})
}

// due is a fault that hits after a number of occasions.
type due struct {
	kind  fault.Kind
	after int
}

// take counts an occasion for faults of a kind, and returns the fault that hits, or
// "".
func (w *world) take(possible func(fault.Kind) bool) fault.Kind {
	hit := -1
	for i := range w.faults {
		if !possible(w.faults[i].kind) {
			continue
		}
		if w.faults[i].after--; w.faults[i].after < 0 && hit < 0 {
			hit = i
		}
	}
	if hit < 0 {
		return ""
	}
	kind := w.faults[hit].kind
	w.faults = append(w.faults[:hit], w.faults[hit+1:]...)
	w.hits[kind]++
	w.lastFault = w.now
	return kind
}

// costly reports whether a fault of this kind may cost a task one start without an
// outcome.
func costly(kind fault.Kind) bool {
	switch kind {
	case fault.CrashBefore, fault.CrashAfter, fault.AnswerLost, fault.Refused, fault.PartialSend, fault.Slow, fault.ZombieBefore, fault.ZombieAfter:
		return true
	}
	return false
}

const maxCostly = 3

// planFaults draws the faults of this world.
func (w *world) planFaults() {
	if w.chance.IntN(10) == 0 {
		return // a healthy world
	}
	occasions := 4 + 4*len(w.graph.nodes)
	n := 1 + w.chance.IntN(4)
	if w.chance.IntN(8) == 0 {
		n += 3
	}
	kinds := slices.Concat(requestFaults, messageFaults)
	if w.reconciling {
		kinds = append(kinds, tickFaults...)
	}
	// Most worlds have few kinds of faults, so that each is also seen alone.
	favourite := kinds[w.chance.IntN(len(kinds))]
	expensive := 0
	for range n {
		kind := kinds[w.chance.IntN(len(kinds))]
		if w.chance.IntN(2) == 0 {
			kind = favourite
		}
		if costly(kind) {
			if expensive++; expensive > maxCostly {
				continue
			}
		}
		w.faults = append(w.faults, due{kind, w.occasion(kind, occasions)})
	}
}

func (w *world) occasion(kind fault.Kind, requests int) int {
	switch kind {
	case fault.PartialSend:
		return w.chance.IntN(2)
	case fault.Duplicate, fault.DuplicateNew, fault.Late, fault.QueueBehind, fault.DeadLetter, fault.LastReceive, fault.OldWorker:
		return w.chance.IntN(2 + len(w.graph.nodes)/2)
	case fault.ReconcilerCrash, fault.ReconcilerSlow, fault.ReconcilerRefused, fault.StaleLock:
		return w.chance.IntN(20)
	}
	return w.chance.IntN(requests)
}

// latencyOf returns the duration of a request of the process.
func (w *world) latencyOf(p *process) time.Duration {
	if p.tick && w.tickLatency > 0 {
		return w.tickLatency
	}
	if p.tick && w.slow {
		return w.between(0, 4*time.Second)
	}
	return w.latency()
}

// latency returns the duration of a request: mostly short.
func (w *world) latency() time.Duration {
	if w.plain {
		return 5 * time.Millisecond
	}
	switch n := w.chance.IntN(20); {
	case n < 14:
		return w.between(time.Millisecond, 10*time.Millisecond)
	case n < 19:
		return w.between(10*time.Millisecond, 200*time.Millisecond)
	}
	return w.between(200*time.Millisecond, 2*time.Second)
}

// between draws from [a, b], in whole milliseconds.
func (w *world) between(a, b time.Duration) time.Duration {
	return a + time.Duration(w.chance.Int64N(int64((b-a)/time.Millisecond)+1))*time.Millisecond
}
