package sim

import "time"

// Fault is something that goes wrong.
type Fault string

// The faults. Those up to Pause hit a request, the others a message, a worker
// or the world.
const (
	KillBefore   Fault = "killed before a request"
	KillAfter    Fault = "killed after a request"
	LostResponse Fault = "response lost"
	Repeat       Fault = "response lost, request repeated"
	Throttle     Fault = "request refused"
	Partial      Fault = "send accepted in part"
	Slow         Fault = "slow request"
	Zombie       Fault = "paused before a request until after the lease"
	ZombieAfter  Fault = "paused after a request until after the lease"

	Duplicate    Fault = "delivered twice"
	DuplicateNew Fault = "delivered twice, both as the first time"
	Late         Fault = "message late"
	Behind       Fault = "queue behind"
	DeadLetter   Fault = "message lost"
	LastReceive  Fault = "receives used up"
	OldWorker    Fault = "worker with an older blueprint"

	KillTick     Fault = "reconciler killed"
	SlowTick     Fault = "reconciler slow"
	ThrottleTick Fault = "reconciler's request refused"
	StaleLock    Fault = "stale lock"

	NodeKill    Fault = "node kills its worker"
	Cancel      Fault = "cancelled"
	SecondStart Fault = "second start"
	Forged      Fault = "job that nothing led to"
	ShortHide   Fault = "visibility shorter than the timeout"
	Skewed      Fault = "clocks differ"
	FarSkewed   Fault = "clocks 5 s off, 10 s apart"
	IndexLag    Fault = "index lags behind"
	Busy        Fault = "queue never empty"
)

var (
	requestFaults = []Fault{KillBefore, KillAfter, LostResponse, Repeat, Throttle, Partial, Slow, Zombie, ZombieAfter}
	messageFaults = []Fault{Duplicate, DuplicateNew, Late, Behind, LastReceive, OldWorker}
	tickFaults    = []Fault{KillTick, SlowTick, ThrottleTick, DeadLetter, StaleLock}
)

// Faults are all faults, in the order in which they are reported.
func Faults() []Fault {
	return append(append(append(append([]Fault{}, requestFaults...), messageFaults...), tickFaults...),
		NodeKill, Cancel, SecondStart, Forged, ShortHide, Skewed, FarSkewed, IndexLag, Busy)
}

// accompanying faults lie in how things are set up: they alone disturb nothing.
func accompanying(f Fault) bool {
	return f == Skewed || f == FarSkewed || f == ShortHide || f == IndexLag || f == Busy
}

// due is a fault that hits after so many occasions.
type due struct {
	fault Fault
	after int
}

// take counts an occasion for faults of a kind, and returns the one whose turn
// it is, or "".
func (w *world) take(possible func(Fault) bool) Fault {
	hit := -1
	for i := range w.faults {
		if !possible(w.faults[i].fault) {
			continue
		}
		if w.faults[i].after--; w.faults[i].after < 0 && hit < 0 {
			hit = i
		}
	}
	if hit < 0 {
		return ""
	}
	fault := w.faults[hit].fault
	w.faults = append(w.faults[:hit], w.faults[hit+1:]...)
	w.hits[fault]++
	w.lastFault = w.now
	return fault
}

// costly faults may each cost a task one start without an outcome.
func costly(f Fault) bool {
	switch f {
	case KillBefore, KillAfter, LostResponse, Throttle, Partial, Slow, Zombie, ZombieAfter:
		return true
	}
	return false
}

const maxCostly = 3

// planFaults draws what goes wrong in this world.
func (w *world) planFaults() {
	if w.chance.IntN(10) == 0 {
		return // a healthy world
	}
	occasions := 4 + 4*len(w.graph.nodes)
	n := 1 + w.chance.IntN(4)
	if w.chance.IntN(8) == 0 {
		n += 3
	}
	kinds := append(append([]Fault{}, requestFaults...), messageFaults...)
	if w.reconciling {
		kinds = append(kinds, tickFaults...)
	}
	// A world mostly has few kinds of faults, so that each is seen by itself too.
	favourite := kinds[w.chance.IntN(len(kinds))]
	expensive := 0
	for range n {
		fault := kinds[w.chance.IntN(len(kinds))]
		if w.chance.IntN(2) == 0 {
			fault = favourite
		}
		if costly(fault) {
			if expensive++; expensive > maxCostly {
				continue
			}
		}
		w.faults = append(w.faults, due{fault, w.occasion(fault, occasions)})
	}
}

func (w *world) occasion(fault Fault, requests int) int {
	switch fault {
	case Partial:
		return w.chance.IntN(2)
	case Duplicate, DuplicateNew, Late, Behind, DeadLetter, LastReceive, OldWorker:
		return w.chance.IntN(2 + len(w.graph.nodes)/2)
	case KillTick, SlowTick, ThrottleTick, StaleLock:
		return w.chance.IntN(20)
	}
	return w.chance.IntN(requests)
}

// latencyOf is how long a request of the process takes.
func (w *world) latencyOf(p *process) time.Duration {
	if p.tick && w.tickLatency > 0 {
		return w.tickLatency
	}
	if p.tick && w.sluggish {
		return w.between(0, 4*time.Second)
	}
	return w.latency()
}

// latency is how long a request takes: mostly little.
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
