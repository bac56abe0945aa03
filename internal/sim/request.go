package sim

import (
	"errors"
	"slices"
	"time"
)

var (
	errThrottled = errors.New("throttled")
	errLost      = errors.New("response lost")
)

// request carries out one request of the current process to the store or the
// queue: it takes time, others have their turn meanwhile, and a fault may hit.
// The effect itself is one atomic step.
func request[T any](w *world, name string, effect func() (T, error)) (result T, err error) {
	p := w.current
	if p == nil { // outside of the world, where nothing goes wrong
		return effect()
	}
	if p.dead {
		return result, errDead
	}
	fault := w.faultOf(p)
	w.reading = false
	if w.tracing() {
		defer func() { w.trace(p, "%s: %s", name, verdictText(fault, err)) }()
	}
	w.requests++
	if p.tick {
		w.tickRequests++
	}
	switch fault {
	case KillBefore, KillTick:
		w.die(p)
		return result, errDead
	case Slow, SlowTick:
		w.pause(w.between(time.Second, w.timings.timeout/2))
	case Zombie:
		w.haunt(p)
	case Duplicate, DuplicateNew:
		w.redeliver(p.message, fault == DuplicateNew)
	}
	w.pause(w.latencyOf(p))
	if p.dead {
		return result, errDead
	}
	if fault == Throttle || fault == ThrottleTick {
		return result, errThrottled
	}
	result, err = effect()
	switch fault {
	case KillAfter:
		w.die(p)
		return result, errDead
	case LostResponse:
		return *new(T), errLost
	case Repeat:
		w.pause(w.latency())
		if p.dead {
			return result, errDead
		}
		return effect()
	case ZombieAfter:
		w.haunt(p)
		if p.dead {
			return result, errDead
		}
	}
	return result, err
}

func verdictText(fault Fault, err error) string {
	text := "ok"
	if err != nil {
		text = err.Error()
	}
	if fault != "" {
		text += "   <- " + string(fault)
	}
	return text
}

// spared: where no reconciler helps, nothing happens to a message on its last
// permitted receive, since the queue would give it up.
func (w *world) spared(p *process) bool {
	return !w.reconciling && p.receives >= w.timings.maxReceives
}

// faultOf draws what goes wrong with the next request of a process.
func (w *world) faultOf(p *process) Fault {
	if w.plain {
		return w.scripted(p)
	}
	kinds := requestFaults
	if w.spared(p) {
		// A request that fails before anything is sent must not matter either.
		if kinds = nil; w.reading && !p.hindered {
			kinds = []Fault{Throttle, LostResponse}
		}
	}
	if len(w.faults) == 0 || len(kinds) == 0 {
		return ""
	}
	if p.tick {
		kinds = []Fault{KillTick, SlowTick, ThrottleTick}
	}
	fault := w.take(func(f Fault) bool {
		return f != Partial && slices.Contains(kinds, f) && !(p.zombie && (f == Zombie || f == ZombieAfter))
	})
	p.hindered = p.hindered || fault != ""
	return fault
}

// die ends the current process; with it, sometimes, all of its sandbox.
func (w *world) die(p *process) {
	w.kill(p)
	if p.home != nil && !w.plain && w.chance.IntN(3) == 0 {
		w.killSandbox(p)
	}
}

// haunt pauses a process until its lease has run out. It goes on then, and
// what it did not do before it does now.
func (w *world) haunt(p *process) {
	p.zombie = true
	lease := p.deadline - w.now + 10*time.Second
	w.pause(max(lease, 0) + w.between(0, 2*w.timings.visibility))
}
