package bench

import "time"

// steps are the parts of the times of runs.
type steps struct {
	first []time.Duration // from the start's message in the queue to the run that its first node begins in
	next  []time.Duration // from the recorded end of a node to that of the next
	end   []time.Duration // from the recorded end of the last node to the run's recorded end
}

func (s *steps) add(more steps) {
	s.first, s.next, s.end = append(s.first, more.first...), append(s.next, more.next...), append(s.end, more.end...)
}

// steps returns those of a run that has ended, whose message was sent at a time.
func (s *sight) steps(sent time.Time) (of steps) {
	if !s.started.IsZero() {
		of.first = []time.Duration{max(0, s.started.Sub(sent))}
	}
	for i, at := range s.nodes {
		if i > 0 {
			of.next = append(of.next, at.Sub(s.nodes[i-1]))
		}
	}
	if n := len(s.nodes); n > 0 {
		of.end = []time.Duration{s.over.Sub(s.nodes[n-1])}
	}
	return of
}
