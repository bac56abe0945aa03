package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// awaken schedules the time when a message becomes visible.
func (w *world) awaken(m *message) {
	at := m.visibleAt
	w.agenda.push(event{at: at, do: func() {
		if !m.gone && m.visibleAt == at {
			w.deliver(m)
		}
	}})
}

// deliver hands a visible message to a worker, or makes it a dead letter.
func (w *world) deliver(m *message) {
	if w.occasional(fault.QueueBehind) {
		w.behind = w.now + w.between(time.Minute, 30*time.Minute)
	}
	if w.now < w.behind {
		m.held = true
		m.visibleAt = w.behind + w.between(0, w.draining)
		w.awaken(m)
		return
	}
	m.held = false
	// Only jobs are lost like this: a start without a run has started nothing.
	if m.body.NodeID != "" && !m.forged && w.occasional(fault.DeadLetter) {
		w.bury(m, "lost")
		return
	}
	if w.occasional(fault.LastReceive) || m.id == w.lastReceive {
		m.receives = max(m.receives, w.timings.maxReceives-1)
	}
	if m.receives >= w.timings.maxReceives {
		w.bury(m, "received too often")
		return
	}
	m.receives++
	m.visibleAt = w.now + w.timings.visibility
	w.awaken(m)
	w.handle(m, m.receives)
	w.duplicate(m)
}

// duplicate delivers a message once more: soon, or much later, perhaps after its
// deletion.
func (w *world) duplicate(m *message) {
	fresh := w.occasional(fault.DuplicateNew)
	if !fresh && !w.occasional(fault.Duplicate) {
		return
	}
	wait := w.between(0, 2*time.Second)
	if w.chance.IntN(3) == 0 {
		wait = w.between(0, 2*w.timings.visibility)
	}
	w.at(wait, func() { w.redeliver(m, fresh) })
}

// redeliver delivers a message once more, whether or not it is still there.
func (w *world) redeliver(m *message, fresh bool) {
	receives := 1
	if !fresh {
		m.receives++
		receives = min(m.receives, w.timings.maxReceives)
	}
	w.handle(m, receives)
}

func (w *world) bury(m *message, why string) {
	w.trace(nil, "%s is given up: %s", m.id, why)
	w.remove(m)
	w.deadLetters = append(w.deadLetters, m)
}

func (w *world) remove(m *message) {
	if !m.gone {
		m.gone = true
		w.queued--
	}
}

// handle lets a worker handle a message, as an invocation of its own.
func (w *world) handle(m *message, receives int) {
	w.deliveries++
	home := w.chooseSandbox(receives)
	p := &process{name: fmt.Sprintf("%s/%s.%d", home.name, m.id, w.deliveries), home: home, message: m, receives: receives}
	w.trace(p, "receives %s, for the %d. time: %s", m.id, receives, m.text)
	p.deadline = w.now + w.timeLeft()
	w.spawn(p, func() {
		ctx := until{background, home.clock().Add(p.deadline - w.now)}
		err := home.engine().Handle(ctx, state.Message{ID: m.id, Body: m.text, Receives: receives, Attributes: m.attrs})
		w.settle(p, err)
	})
}

// timeLeft returns the time that an invocation has left for a message: all its
// time, unless others of the same batch came before.
func (w *world) timeLeft() time.Duration {
	if w.plain || w.chance.IntN(6) > 0 {
		return w.timings.timeout
	}
	return w.between(reserve, w.timings.timeout)
}

// until is a context with a deadline on the world's clock. It only reports the
// deadline: killing the process is up to the world.
type until struct {
	context.Context
	deadline time.Time
}

// Deadline implements [context.Context].
func (u until) Deadline() (time.Time, bool) { return u.deadline, true }

// settle acts on a handler's verdict as the event source mapping does.
func (w *world) settle(p *process, err error) {
	if p.dead {
		return // the message comes back by itself
	}
	w.stopped(p)
	m := p.message
	if err == nil && p.zombie && w.chance.IntN(2) == 0 {
		w.trace(p, "has lost its receipt of %s", m.id)
		return
	}
	if err == nil {
		w.trace(p, "acknowledges %s", m.id)
		w.sawAcknowledged(p)
		w.remove(m)
		return
	}
	w.trace(p, "returns %s: %v", m.id, err)
	if m.gone || p.zombie {
		return
	}
	m.visibleAt = w.now + w.returnAfter(p, err)
	w.awaken(m)
}

// returnAfter returns the delay after which a returned message is visible again.
func (w *world) returnAfter(p *process, err error) time.Duration {
	if _, ok := errors.AsType[*flow.RejectError](err); ok {
		w.checkRejected(p.message, err)
		return time.Millisecond
	}
	if held, ok := errors.AsType[*engine.HeldError](err); ok {
		return max(held.Until.Sub(p.home.clock())+w.between(0, time.Second), time.Second)
	}
	delay := time.Second
	for range p.receives {
		delay = min(2*delay, 5*time.Minute)
	}
	return delay/2 + w.between(0, delay/2)
}
