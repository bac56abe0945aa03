package sim

import (
	"errors"
	"time"
)

// errDead is the result of every request of a killed process.
var errDead = errors.New("the process was killed")

// process is the handling of one message, or one tick of a reconciler. It runs on a
// goroutine of its own, but only while it has the turn.
type process struct {
	name     string
	home     *sandbox
	tick     bool // of a reconciler
	turn     chan struct{}
	waiting  int // the event that wakes it
	deadline time.Duration
	dead     bool
	zombie   bool // it goes on although its lease has expired
	over     bool

	message  *message
	receives int

	running  *execution    // of node code
	knew     bool          // that its run has ended, when it last read the status
	fresh    bool          // it has read the status since its last step
	beaten   bool          // another commit succeeded, and it has claimed nothing since
	worked   time.Duration // in node code, since then
	hindered bool          // a fault has hit one of its requests
	sent     int           // messages
}

// spawn begins a process at once; it is killed at its deadline.
func (w *world) spawn(p *process, body func()) {
	p.turn = make(chan struct{})
	w.live[p] = true
	go func() {
		<-p.turn
		body()
		p.over = true
		w.turn <- struct{}{}
	}()
	p.waiting = w.agenda.push(event{at: w.now, process: p})
	w.at(p.deadline-w.now, func() {
		if !p.over && !p.dead && !p.zombie {
			w.trace(p, "killed at its deadline")
			w.kill(p)
		}
	})
}

// run gives the turn to a process until it passes it on.
func (w *world) run(p *process) {
	w.current = p
	p.turn <- struct{}{}
	<-w.turn
	w.current = nil
	if p.over {
		delete(w.live, p)
	}
}

// pause passes the turn on; the process goes on after d. A killed process does not
// wait: all its requests return errDead.
func (w *world) pause(d time.Duration) {
	p := w.current
	if p == nil || p.dead {
		return
	}
	p.waiting = w.agenda.push(event{at: w.now + d, process: p})
	w.turn <- struct{}{}
	<-p.turn
}

// kill ends a process: its later requests have no effect.
func (w *world) kill(p *process) {
	p.dead = true
	w.stopped(p)
	if p != w.current {
		p.waiting = w.agenda.push(event{at: w.now, process: p})
	}
	if p.home != nil {
		p.home.cold()
	}
}

// killSandbox kills everything that runs beside p in the same sandbox.
func (w *world) killSandbox(p *process) {
	for _, other := range w.alive() {
		if other != p && other.home == p.home && !other.dead && !other.zombie && !w.spared(other) {
			w.trace(other, "dies with its sandbox")
			w.kill(other)
		}
	}
}
