package sim

import "time"

// event happens at a time: a process goes on, or do is called.
type event struct {
	at      time.Duration // since the world began
	seq     int
	process *process
	do      func()
}

// agenda is a heap of events: the earliest first, then the first planned.
type agenda struct {
	events []event
	seq    int
}

func (a *agenda) before(i, j int) bool {
	x, y := &a.events[i], &a.events[j]
	return x.at < y.at || x.at == y.at && x.seq < y.seq
}

// push schedules an event and returns its number.
func (a *agenda) push(e event) int {
	a.seq++
	e.seq = a.seq
	a.events = append(a.events, e)
	for i := len(a.events) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.before(i, up) {
			break
		}
		a.events[i], a.events[up] = a.events[up], a.events[i]
		i = up
	}
	return e.seq
}

func (a *agenda) pop() event {
	first, last := a.events[0], len(a.events)-1
	a.events[0], a.events[last] = a.events[last], event{}
	a.events = a.events[:last]
	for i := 0; ; {
		next := 2*i + 1
		if next >= last {
			return first
		}
		if next+1 < last && a.before(next+1, next) {
			next++
		}
		if !a.before(next, i) {
			return first
		}
		a.events[i], a.events[next] = a.events[next], a.events[i]
		i = next
	}
}
