package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// load makes requests fail by other requests, not by chance: those to one item that are
// under way at the same time, and writes beyond the capacity of a run's partition.
type load struct {
	scheduler *scheduler
	faults    *faults
	contended bool // writes conflict
	capacity  int  // writes in a second to one partition; 0: without limit

	writes map[string]int             // that have taken effect, by item
	recent map[string][]time.Duration // writes of the last second, by run
}

// written are the items that requests write, by their verbs.
var written = map[string]string{
	"create": "run", "finish": "run", "touch": "run", "mark": "run", "take over": "run", "leave": "run",
	"claim": "task ", "commit": "task ", "arrive at": "join ", "write key": "key ",
}

// itemOf returns the item that a request writes; "" is none.
func itemOf(p *process, r fault.Request) string {
	kind, writes := written[r.Verb]
	switch {
	case !writes:
		return ""
	case kind == "run":
		return p.runID() + "/run"
	}
	return p.runID() + "/" + kind + r.Of
}

// seen returns the number of writes to the item of a request that begins.
func (l *load) seen(p *process, r fault.Request) int { return l.writes[itemOf(p, r)] }

// refuses returns the fault of a request that is about to take effect, "" for none: a
// write fails if another one has changed its item while it was under way.
func (l *load) refuses(p *process, r fault.Request, seen int) fault.Kind {
	item, kind := itemOf(p, r), fault.Kind("")
	switch {
	case item == "":
		return ""
	case l.contended && l.writes[item] > seen:
		kind = fault.Contention
	case l.capacity > 0 && l.full(p.runID()):
		kind = fault.Throttled
	}
	if kind == "" {
		l.writes[item]++
	} else {
		l.faults.hit(kind)
		p.hindered, p.ended = true, false
	}
	return kind
}

// full counts a write to a run's partition, and reports whether it has no capacity
// left.
func (l *load) full(run string) bool {
	var recent []time.Duration
	for _, at := range l.recent[run] {
		if at > l.scheduler.now-time.Second {
			recent = append(recent, at)
		}
	}
	if len(recent) >= l.capacity {
		l.recent[run] = recent
		return true
	}
	l.recent[run] = append(recent, l.scheduler.now)
	return false
}
