package sim

import (
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// The faults of requests, messages and reconcilers that a world can draw.
var (
	requestFaults = []fault.Kind{fault.CrashBefore, fault.CrashAfter, fault.AnswerLost, fault.Repeated, fault.Refused, fault.PartialSend, fault.Slow, fault.Silent, fault.ContextEnds, fault.LateEffect, fault.ZombieBefore, fault.ZombieAfter}
	messageFaults = []fault.Kind{fault.Duplicate, fault.DuplicateNew, fault.ForgedFields, fault.Late, fault.QueueBehind, fault.LastReceive, fault.OldWorker}
	tickFaults    = []fault.Kind{fault.ReconcilerCrash, fault.ReconcilerSlow, fault.ReconcilerRefused, fault.DeadLetter, fault.StaleLock}
)

// Faults returns all faults, in the order in which they are reported.
func Faults() []fault.Kind {
	return slices.Concat(requestFaults, messageFaults, tickFaults, []fault.Kind{
		fault.NodeCrash, fault.NodeHangs, fault.Cancel, fault.SecondStart, fault.UsedAgain, fault.ForgedJob, fault.ShortVisibility, fault.Skew, fault.FarSkew, fault.IndexLag, fault.BusyQueue, fault.LongDeadline, fault.Storm, fault.Contention, fault.Throttled, fault.Torn,
	})
}

// costly reports whether a fault of this kind may cost a task one start without an
// outcome.
func costly(kind fault.Kind) bool {
	switch kind {
	case fault.CrashBefore, fault.CrashAfter, fault.AnswerLost, fault.Refused, fault.PartialSend, fault.Slow, fault.Silent, fault.ContextEnds, fault.LateEffect, fault.ZombieBefore, fault.ZombieAfter, fault.Storm, fault.Contention, fault.Throttled:
		return true
	}
	return false
}

// faults are those that are still to come, drawn or planned by hand, and those that
// have hit.
type faults struct {
	setting   *setting
	chance    chance
	scheduler *scheduler

	drawn  []due
	storms []storm
	script []*scripted
	hits   map[fault.Kind]int
	last   time.Duration // when the last one hit
}

// due is a fault that hits after a number of occasions.
type due struct {
	kind  fault.Kind
	after int
}

// hit counts a fault.
func (f *faults) hit(kind fault.Kind) {
	f.hits[kind]++
	f.last = f.scheduler.now
}

// clear takes back all that have not hit yet.
func (f *faults) clear() { f.drawn, f.script, f.storms = nil, nil, nil }

// take counts an occasion for faults of a kind, and returns the fault that hits, or
// "".
func (f *faults) take(possible func(fault.Kind) bool) fault.Kind {
	hit := -1
	for i := range f.drawn {
		if !possible(f.drawn[i].kind) {
			continue
		}
		if f.drawn[i].after--; f.drawn[i].after < 0 && hit < 0 {
			hit = i
		}
	}
	if hit < 0 {
		return ""
	}
	kind := f.drawn[hit].kind
	f.drawn = append(f.drawn[:hit], f.drawn[hit+1:]...)
	f.hit(kind)
	return kind
}

// occasional reports whether a fault hits a message or a reconciler now.
func (f *faults) occasional(kind fault.Kind) bool {
	return f.take(func(k fault.Kind) bool { return k == kind }) != ""
}

// of returns the fault of the next request of a process, and whether the process's
// message is lost too.
func (f *faults) of(p *process, r fault.Request) (kind fault.Kind, lost bool) {
	if f.setting.plain {
		return f.planned(p, r)
	}
	if f.inStorm(r) {
		p.hindered, p.ended = true, false
		return fault.Refused, false
	}
	kinds := requestFaults
	if f.setting.spared(p) {
		// A request that fails before anything is sent must be harmless too.
		if kinds = nil; r == fault.Load && !p.hindered {
			kinds = []fault.Kind{fault.Refused, fault.AnswerLost}
		}
	}
	if len(f.drawn) == 0 || len(kinds) == 0 {
		return "", false
	}
	if p.tick {
		kinds = []fault.Kind{fault.ReconcilerCrash, fault.ReconcilerSlow, fault.ReconcilerRefused}
	}
	if p.tick && p.rescuing && r.Is("send") {
		f.hurry(fault.ReconcilerCrash) // between the mark of a run and its messages
	}
	if r.Is("commit") && f.chance.one(2) {
		f.hurry(fault.ContextEnds)
	}
	kind = f.take(func(k fault.Kind) bool {
		return k != fault.PartialSend && slices.Contains(kinds, k) && !(p.zombie && (k == fault.ZombieBefore || k == fault.ZombieAfter))
	})
	p.ended = kind == fault.ContextEnds && !p.hindered || p.ended && kind == ""
	p.hindered = p.hindered || kind != ""
	return kind, false
}

// hurry lets the drawn faults of a kind hit the next occasion.
func (f *faults) hurry(kind fault.Kind) {
	for i := range f.drawn {
		if f.drawn[i].kind == kind {
			f.drawn[i].after = 0
		}
	}
}

// planned returns the scripted fault of a process's next request, if there is one,
// and whether the process's message is lost with it.
func (f *faults) planned(p *process, r fault.Request) (hit fault.Kind, lost bool) {
	for _, s := range f.script {
		if p.tick != slices.Contains(tickFaults, s.Kind) || !s.pending.Hits(r) || hit != "" || f.setting.spared(p) && r != fault.Load {
			continue
		}
		hit, lost, s.Hit = s.Kind, s.Lost, r
		p.hindered = true
		f.hit(hit)
		if lost {
			f.hit(fault.DeadLetter)
		}
	}
	return hit, lost
}

// disturbances returns the number of faults that can cost a start.
func (f *faults) disturbances() int {
	n := f.hits[fault.NodeCrash]
	for kind, hits := range f.hits {
		if costly(kind) {
			n += hits
		}
	}
	return n
}

// oneRequest reports whether no more than one request was refused or lost its answer: no
// worker has died of that.
func (f *faults) oneRequest() bool {
	return f.disturbances() == 1 && f.hits[fault.AnswerLost]+f.hits[fault.Refused] == 1
}

// harmful returns the number of hits of faults other than those that a blueprint or
// a deployment causes.
func harmful(hits map[fault.Kind]int) (n int) {
	for kind, times := range hits {
		if !kind.Circumstance() {
			n += times
		}
	}
	return n
}
