package sim

import (
	"errors"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

var (
	errThrottled = errors.New("throttled")
	errLost      = errors.New("response lost")
)

// request carries out one request of the current process to the store or the queue:
// it takes time, other processes have their turn meanwhile, and a fault may hit.
// The effect itself is one atomic step.
func request[T any](w *world, r fault.Request, effect func() (T, error)) (result T, err error) {
	p, detail := w.current, w.detail
	w.detail = ""
	if p == nil { // outside of the world, where no fault occurs
		return effect()
	}
	if p.dead {
		return result, errDead
	}
	kind := w.faultOf(p, r)
	w.reading = false
	if w.tracing() {
		defer func() { w.trace(p, "%s", requestText(r, detail, kind, err)) }()
	}
	w.requests++
	if p.tick {
		w.tickRequests++
	}
	if err := w.beforeEffect(p, kind); err != nil {
		return result, err
	}
	result, err = effect()
	switch kind {
	case fault.CrashAfter:
		w.die(p)
		return result, errDead
	case fault.AnswerLost:
		return *new(T), errLost
	case fault.Repeated:
		w.pause(w.latency())
		if p.dead {
			return result, errDead
		}
		return effect()
	case fault.ZombieAfter:
		w.zombie(p)
		if p.dead {
			return result, errDead
		}
	}
	return result, err
}

// beforeEffect lets time pass, and a fault hit, before a request takes effect; if
// it returns an error the request has no effect.
func (w *world) beforeEffect(p *process, kind fault.Kind) error {
	switch kind {
	case fault.CrashBefore, fault.ReconcilerCrash:
		w.die(p)
		return errDead
	case fault.Slow, fault.ReconcilerSlow:
		w.pause(w.between(time.Second, w.timings.timeout/2))
	case fault.ZombieBefore:
		w.zombie(p)
	case fault.Duplicate, fault.DuplicateNew:
		w.redeliver(p.message, kind == fault.DuplicateNew)
	}
	w.pause(w.latencyOf(p))
	if p.dead {
		return errDead
	}
	if kind == fault.Refused || kind == fault.ReconcilerRefused {
		return errThrottled
	}
	return nil
}

func requestText(r fault.Request, detail string, kind fault.Kind, err error) string {
	text := r.String()
	if detail != "" {
		text += " (" + detail + ")"
	}
	text += ": "
	if err != nil {
		text += err.Error()
	} else {
		text += "ok"
	}
	if kind != "" {
		text += "   <- " + string(kind)
	}
	return text
}

// spared reports whether a message is on its last permitted receive in a world
// without a reconciler: no fault hits it then, since the queue would give it up.
func (w *world) spared(p *process) bool {
	return !w.reconciling && p.receives >= w.timings.maxReceives
}

// faultOf draws the fault of the next request of a process.
func (w *world) faultOf(p *process, r fault.Request) fault.Kind {
	if w.plain {
		return w.scripted(p, r)
	}
	kinds := requestFaults
	if w.spared(p) {
		// A request that fails before anything is sent must be harmless too.
		if kinds = nil; w.reading && !p.hindered {
			kinds = []fault.Kind{fault.Refused, fault.AnswerLost}
		}
	}
	if len(w.faults) == 0 || len(kinds) == 0 {
		return ""
	}
	if p.tick {
		kinds = []fault.Kind{fault.ReconcilerCrash, fault.ReconcilerSlow, fault.ReconcilerRefused}
	}
	kind := w.take(func(k fault.Kind) bool {
		return k != fault.PartialSend && slices.Contains(kinds, k) && !(p.zombie && (k == fault.ZombieBefore || k == fault.ZombieAfter))
	})
	p.hindered = p.hindered || kind != ""
	return kind
}

// die ends the current process, and sometimes its whole sandbox.
func (w *world) die(p *process) {
	w.kill(p)
	if p.home != nil && !w.plain && w.chance.IntN(3) == 0 {
		w.killSandbox(p)
	}
}

// zombie pauses a process until its lease has expired. Then it goes on with its
// remaining work.
func (w *world) zombie(p *process) {
	p.zombie = true
	lease := p.deadline - w.now + 10*time.Second
	w.pause(max(lease, 0) + w.between(0, 2*w.timings.visibility))
}
