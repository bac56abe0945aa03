package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// storm is a time in which the store refuses most requests, as under throttling or in
// an outage.
type storm struct {
	from, to time.Duration
	refused  int // of ten requests
}

// drawStorms draws the storms of this world: few worlds have one.
func (f *faults) drawStorms() {
	if !f.chance.one(15) {
		return
	}
	for range 1 + f.chance.IntN(2) {
		from := f.scheduler.now + f.chance.between(0, 2*time.Minute)
		long := f.chance.between(time.Second, 30*time.Second)
		if f.chance.one(3) {
			long = f.chance.between(30*time.Second, 40*time.Minute)
		}
		f.storms = append(f.storms, storm{from, from + long, 5 + f.chance.IntN(6)})
	}
}

// storming reports whether there is a storm now.
func (f *faults) storming() bool {
	for _, s := range f.storms {
		if s.from <= f.scheduler.now && f.scheduler.now < s.to {
			return true
		}
	}
	return false
}

// inStorm reports whether a storm refuses a request now. The queue has none: a queue
// that takes no message delivers none either.
func (f *faults) inStorm(r fault.Request) bool {
	for _, s := range f.storms {
		if f.scheduler.now < s.from || f.scheduler.now >= s.to || r.Is("send") || f.chance.IntN(10) >= s.refused {
			continue
		}
		f.hit(fault.Storm)
		return true
	}
	return false
}
