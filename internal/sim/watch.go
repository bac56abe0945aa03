package sim

import (
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// watcher sees every step that the store, the queue and the nodes' code take. It
// keeps the registered runs up to date, and lets the invariants judge each moment.
type watcher struct {
	setting   *setting
	scheduler *scheduler
	faults    *faults
	wire      *wire
	runs      *registry
	store     *store
	locks     *locks
	queue     *queue
	delivery  *delivery

	lives      func() int // how often run ids are used
	rescued    int        // messages that reconcilers have sent
	violations Violations
	checks
	rares
}

func newWatcher(w *world) *watcher {
	watcher := &watcher{
		setting: w.setting, scheduler: w.scheduler, faults: w.faults, wire: w.wire,
		runs: w.runs, store: w.store, locks: w.locks, queue: w.queue, rares: rares{scheduler: w.scheduler},
	}
	for _, check := range invariants {
		watcher.checks = append(watcher.checks, check(watcher))
	}
	for _, s := range sightings {
		watcher.checks = append(watcher.checks, s.see(watcher))
	}
	return watcher
}

// violate records that an invariant does not hold, which ends the world.
func (w *watcher) violate(i Invariant, format string, args ...any) {
	v := Violation{i, fmt.Sprintf(format, args...)}
	w.scheduler.trace(w.scheduler.current, "VIOLATION: %s", v)
	w.violations = append(w.violations, v)
}

// goesOn reports whether the world is still worth playing.
func (w *watcher) goesOn() bool { return len(w.violations) == 0 && comesToRest(w) }

func (w *watcher) runByID(id string) *run {
	if r := w.runs.find(id); r != nil {
		return r
	}
	w.violate(StartsOnce, "run %s: nobody started it", id)
	return w.runs.add(id)
}

// began is called when a node's code starts.
func (w *watcher) began(s start) *execution {
	for _, c := range w.checks {
		if c.started != nil {
			c.started(s)
		}
	}
	if m := s.process.message; m != nil && m.invented {
		s.run.invented = true
	}
	e := &execution{process: s.process, attempt: s.attempt, from: w.scheduler.now, engine: s.process.engine, suspect: s.suspect()}
	s.run.executions[s.node.id] = append(s.run.executions[s.node.id], e)
	s.process.running = e
	return e
}

// holds notes that a process holds values for its task, if they are large.
func (w *watcher) holds(p *process, bytes int) {
	if bytes > smallRead && bytes > p.loaded {
		p.loaded = bytes
		w.sawGiven(p)
	}
}

// sawTask is called with the record that a claim or a commit found or left.
func (w *watcher) sawTask(runID string, t state.TaskRecord) {
	if t.State == "" {
		return
	}
	r := w.runByID(runID)
	if w.setting.graphOf(r).byID[t.Node] == nil {
		w.violate(UntakenNeverRuns, "run %s: its version of the blueprint has no node %s", r.id, t.Node)
		return
	}
	seen := taskSeen{r, r.records[t.Node], t}
	for _, c := range w.checks {
		if c.task != nil {
			c.task(seen)
		}
	}
	r.records[t.Node] = t
}

// sawRun is called with a run that was created or changed.
func (w *watcher) sawRun(id string) {
	after, err := w.store.inner.Run(background, id)
	if err != nil {
		return
	}
	r := w.runByID(id)
	before := r.state
	for _, c := range w.checks {
		if c.changed != nil && r.exists {
			c.changed(runSeen{r, before, after})
		}
	}
	if after.Rescues > before.Rescues {
		r.rescues++
	}
	r.state, r.exists = after, true
	r.enter(w.scheduler.now, after)
	if after.Status.Terminal() && !before.Status.Terminal() {
		w.sawEnd(r)
	}
}

func (w *watcher) sawEnd(r *run) {
	r.finishedAt = w.scheduler.now
	for _, c := range w.checks {
		if c.ended != nil {
			c.ended(r)
		}
	}
}

// sawArrival is called with a join after an arrival.
func (w *watcher) sawArrival(a state.Arrival, join state.Join) {
	seen := arrivalSeen{w.runByID(a.RunID), a, join}
	for _, c := range w.checks {
		if c.arrived != nil {
			c.arrived(seen)
		}
	}
}

// sawSend is called with a message that a process has sent.
func (w *watcher) sawSend(p *process, sent *message) {
	p.sent++
	if p.tick {
		w.rescued++
	}
	for _, c := range w.checks {
		if c.sent != nil {
			c.sent(p, sent)
		}
	}
	sent.forged = p.message != nil && p.message.forged // it is sent again
	sent.invented = sent.forged && p.message.invented && sent.attrs[state.AttributeReturns] != ""
}
