package sim

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"time"
)

var (
	background = context.Background()
	epoch      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// scheduler has the clock of a world, plays its events in their order, and gives
// processes their turns: only one of them runs at a time.
type scheduler struct {
	now     time.Duration // since the world began
	born    time.Duration // when its runs began
	agenda  agenda
	steps   int // events played
	turn    chan struct{}
	current *process // nil between turns
	live    map[*process]bool
	story   *story
	left    []chan struct{} // code that ignores the end of its context
}

func newScheduler(s *story) *scheduler {
	return &scheduler{turn: make(chan struct{}), live: map[*process]bool{}, story: s}
}

func (s *scheduler) time() time.Time { return epoch.Add(s.now) }

// at schedules a call.
func (s *scheduler) at(in time.Duration, do func()) {
	s.agenda.push(event{at: s.now + in, do: do})
}

// trace adds a line to the story; p is nil for an event without a process.
func (s *scheduler) trace(p *process, format string, args ...any) {
	s.story.tell(s.now, p, format, args...)
}

// alive returns the processes that are not over, in the order of their names.
func (s *scheduler) alive() []*process {
	var alive []*process
	for p := range s.live {
		alive = append(alive, p)
	}
	slices.SortFunc(alive, func(a, b *process) int { return cmp.Compare(a.name, b.name) })
	return alive
}

// play processes all scheduled events, until none is left or the world does not go
// on.
func (s *scheduler) play(goesOn func() bool) {
	for len(s.agenda.events) > 0 {
		if s.steps++; !goesOn() {
			return
		}
		e := s.agenda.pop()
		s.now = max(s.now, e.at)
		switch {
		case e.do != nil:
			e.do()
		case !e.process.over && e.process.waiting == e.seq:
			s.run(e.process)
		}
	}
}

// rest ends every process that still waits for its turn: those that others wait for first.
func (s *scheduler) rest() {
	for len(s.live) > 0 {
		for _, p := range s.alive() {
			p.dead = true
			s.run(p)
		}
	}
	for _, turn := range s.left {
		close(turn)
	}
	s.left = nil
}

// spawn begins a process at once; it is killed at its deadline.
func (s *scheduler) spawn(p *process, body func()) {
	s.begin(p, body)
	s.at(p.deadline-s.now, func() {
		if !p.over && !p.dead && !p.zombie {
			s.trace(p, "killed at its deadline")
			s.kill(p)
		}
	})
}

// begin begins a strand at once.
func (s *scheduler) begin(p *process, body func()) {
	p.turn = make(chan struct{})
	p.main = p.turn
	p.strands = append(p.strands, p)
	s.live[p] = true
	go func() {
		<-p.main
		body()
		p.over = true
		for _, other := range p.strands {
			if other.parked { // it looks whether it has waited for this one
				other.waiting = s.agenda.push(event{at: s.now, process: other})
			}
		}
		s.turn <- struct{}{}
	}()
	p.waiting = s.agenda.push(event{at: s.now, process: p})
}

// park passes the turn on until another strand of the process has come to its end.
func (s *scheduler) park(p *process) {
	p.parked, p.waiting = true, 0
	s.turn <- struct{}{}
	<-p.turn
	p.parked = false
}

// run gives the turn to a process until it passes it on.
func (s *scheduler) run(p *process) {
	s.current = p
	p.turn <- struct{}{}
	s.passed(p)
}

// passed waits until a process passes the turn on.
func (s *scheduler) passed(p *process) {
	<-s.turn
	s.current = nil
	if p.over {
		delete(s.live, p)
	}
}

// pause passes the turn on; the process goes on after d. A killed process does not
// wait: all its requests return errDead.
func (s *scheduler) pause(d time.Duration) {
	p := s.current
	if p == nil || p.dead {
		return
	}
	turn := p.turn
	p.waiting = s.agenda.push(event{at: s.now + d, process: p})
	s.turn <- struct{}{}
	if _, goesOn := <-turn; !goesOn {
		runtime.Goexit() // code that was left behind, at the end of the world
	}
}

// interrupt ends a context of a process, which notices at once if it waits for code, or
// for the answer to a silent request. The code ignores the end: it is left behind.
func (s *scheduler) interrupt(p *process, end func()) {
	if p.over || p.dead || p.zombie {
		return
	}
	if p.turn == p.main {
		if end(); p.silent {
			p.waiting = s.agenda.push(event{at: s.now, process: p})
		}
		return
	}
	s.trace(p, "its code goes on, although its context has ended")
	s.left = append(s.left, p.turn)
	p.turn, p.waiting = p.main, 0
	p.leave(s.now)
	s.current = p
	end() // the process is no longer waiting for the code, and has the turn
	s.passed(p)
}

// kill ends a process: its later requests have no effect.
func (s *scheduler) kill(p *process) {
	p.dead = true
	for _, strand := range p.strands {
		strand.stopped(s.now)
		if strand != s.current && !strand.over {
			strand.waiting = s.agenda.push(event{at: s.now, process: strand})
		}
	}
	if p.home != nil {
		p.home.cold()
	}
}
