package sim

import "time"

// latency draws how long requests take.
type latency struct {
	setting *setting
	chance  chance
	tick    time.Duration // by script: of a reconciler's requests
}

// of returns the duration of a request of the process.
func (l *latency) of(p *process) time.Duration {
	if p.tick && l.tick > 0 {
		return l.tick
	}
	if p.tick && l.setting.slow {
		return l.chance.between(0, 4*time.Second)
	}
	return l.usual()
}

// usual returns the duration of a request: mostly short.
func (l *latency) usual() time.Duration {
	if l.setting.plain {
		return 5 * time.Millisecond
	}
	switch n := l.chance.IntN(20); {
	case n < 14:
		return l.chance.between(time.Millisecond, 10*time.Millisecond)
	case n < 19:
		return l.chance.between(10*time.Millisecond, 200*time.Millisecond)
	}
	return l.chance.between(200*time.Millisecond, 2*time.Second)
}
