package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// delivery hands messages to workers as an event source mapping does: at least once,
// with a visibility timeout and a limit of receives.
type delivery struct {
	setting   *setting
	chance    chance
	scheduler *scheduler
	faults    *faults
	hosts     *hosts
	queue     *queue
	watcher   *watcher

	deliveries  int
	batch       batch
	behind      time.Duration // nothing is received before
	draining    time.Duration // then waiting messages are received within this time
	lastReceive string        // by script: the message whose first receive is its last
}

// deliver hands a visible message to a worker, or makes it a dead letter.
func (d *delivery) deliver(m *message) {
	if d.isBehind() {
		m.held = true
		d.queue.returnAt(m, d.behind+d.chance.between(0, d.draining))
		return
	}
	m.held = false
	// Only jobs are lost like this: a start without a run has started nothing.
	if m.body.NodeID != "" && !m.forged && d.faults.occasional(fault.DeadLetter) {
		d.queue.bury(m, "lost")
		return
	}
	if d.faults.occasional(fault.LastReceive) || m.id == d.lastReceive {
		m.receives = max(m.receives, d.setting.timings.maxReceives-1)
	}
	if m.receives >= d.setting.timings.maxReceives {
		m.busy = d.handled(m)
		d.queue.bury(m, "received too often")
		return
	}
	m.receives++
	if m.first.IsZero() {
		m.first = d.scheduler.time()
	}
	d.queue.returnAt(m, d.scheduler.now+d.setting.timings.visibility)
	d.handle(m, m.receives)
	d.duplicate(m)
	d.forgery(m)
}

// handled reports whether a process that is alive has the message.
func (d *delivery) handled(m *message) bool {
	for p := range d.scheduler.live {
		if p.message == m && !p.dead {
			return true
		}
	}
	return false
}

// isBehind reports whether nothing is received now; the queue may fall behind at any
// delivery.
func (d *delivery) isBehind() bool {
	if d.faults.occasional(fault.QueueBehind) {
		d.behind = d.scheduler.now + d.chance.between(time.Minute, 30*time.Minute)
	}
	return d.scheduler.now < d.behind
}

// drained returns the time at which all messages have been received that waited while
// the queue was behind; zero if it never was.
func (d *delivery) drained() time.Duration {
	if d.behind == 0 {
		return 0
	}
	return d.behind + d.draining
}

// duplicate delivers a message once more: soon, or much later, perhaps after its
// deletion.
func (d *delivery) duplicate(m *message) {
	fresh := d.faults.occasional(fault.DuplicateNew)
	if !fresh && !d.faults.occasional(fault.Duplicate) {
		return
	}
	wait := d.chance.between(0, 2*time.Second)
	if d.chance.one(3) {
		wait = d.chance.between(0, 2*d.setting.timings.visibility)
	}
	d.scheduler.at(wait, func() { d.redeliver(m, fresh) })
}

// redeliver delivers a message once more, whether or not it is still there.
func (d *delivery) redeliver(m *message, fresh bool) {
	receives := 1
	if !fresh {
		m.receives++
		receives = min(m.receives, d.setting.timings.maxReceives)
	}
	d.handle(m, receives)
}

// handle lets a worker handle a message, as an invocation of its own.
func (d *delivery) handle(m *message, receives int) {
	d.deliveries++
	home := d.home(m, receives)
	p := &process{name: fmt.Sprintf("%s/%s.%d", home.name, m.id, d.deliveries), handling: &handling{home: home, from: d.scheduler.now, message: m, receives: receives}}
	d.scheduler.trace(p, "receives %s, for the %d. time: %s", m.id, receives, m.text)
	timeout := home.config().Timeout
	p.deadline = d.scheduler.now + d.timeLeft(timeout)
	d.join(p)
	p.worksUntil = min(p.deadline, d.scheduler.now+timeout)
	d.watcher.sawReceived(p)
	d.scheduler.spawn(p, func() {
		p.engine = home.engine()
		d.settle(p, p.engine.Handle(d.scheduler.invocation(p), m.received(receives)))
	})
}

// batch is an invocation that takes further messages for a moment. They share its
// sandbox and its deadline.
type batch struct {
	home     *sandbox
	until    time.Duration
	deadline time.Duration
}

// open reports whether the last invocation still takes a message.
func (d *delivery) open(m *message, receives int) bool {
	last := receives >= d.setting.timings.maxReceives
	return d.setting.batching && !last && d.batch.home != nil && d.batch.until >= d.scheduler.now
}

// home chooses the sandbox for a message: that of the invocation that still takes
// messages, or another one.
func (d *delivery) home(m *message, receives int) *sandbox {
	if d.open(m, receives) {
		return d.batch.home
	}
	return d.hosts.choose(receives)
}

// join lets a process share the deadline of its batch, or begin a new one.
func (d *delivery) join(p *process) {
	if p.batched = d.open(p.message, p.receives); p.batched {
		p.deadline = d.batch.deadline
		return
	}
	d.batch = batch{p.home, d.scheduler.now + time.Second, p.deadline}
}

// timeLeft returns the time that an invocation has left for a message: all its
// time, unless others of the same batch came before.
func (d *delivery) timeLeft(timeout time.Duration) time.Duration {
	if d.setting.plain || !d.setting.generous && !d.chance.one(6) {
		return timeout
	}
	if d.setting.generous && d.chance.one(2) {
		return d.chance.between(timeout, 15*timeout)
	}
	return d.chance.between(reserve, timeout)
}

// settle acts on a handler's verdict as the event source mapping does.
func (d *delivery) settle(p *process, err error) {
	if p.dead {
		return // the message comes back by itself
	}
	for _, strand := range p.strands {
		strand.stopped(d.scheduler.now)
		if e := strand.reached; e != nil {
			e.unrecorded = true
		}
	}
	d.watcher.sawSettled(p)
	m := p.message
	if err == nil && p.zombie && d.chance.one(2) {
		d.scheduler.trace(p, "has lost its receipt of %s", m.id)
		return
	}
	if err == nil {
		d.scheduler.trace(p, "acknowledges %s", m.id)
		d.watcher.sawAcknowledged(p)
		d.queue.remove(m)
		return
	}
	d.scheduler.trace(p, "returns %s: %v", m.id, err)
	d.watcher.sawReturned(p, err)
	if m.gone || p.zombie {
		return
	}
	d.queue.returnAt(m, d.scheduler.now+d.returnAfter(p, err))
}

// returnAfter returns the delay after which a returned message is visible again.
func (d *delivery) returnAfter(p *process, err error) time.Duration {
	if _, ok := errors.AsType[*flow.RejectError](err); ok {
		checkRejected(d.watcher, p.message, err)
		return time.Millisecond
	}
	if held, ok := errors.AsType[*engine.HeldError](err); ok {
		return max(held.Until.Sub(p.home.clock())+d.chance.between(0, time.Second), time.Second)
	}
	delay := time.Second
	for range min(p.receives+p.message.received(0).Returns(), 10) {
		delay = min(2*delay, 2*time.Minute)
	}
	return delay/2 + d.chance.between(0, delay/2)
}
