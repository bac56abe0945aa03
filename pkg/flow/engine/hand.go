package engine

import (
	"context"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/spawn"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// hand holds the tasks that one handling keeps to itself instead of sending them. Several
// strands perform them side by side; one that ends takes the next. If they
// take long, those that have not begun are sent after all. Its lock is never held during a request.
type hand struct {
	engine  *Engine
	strands spawn.Group // beside the first

	mu      sync.Mutex
	closed  bool                   // nothing is kept: a worker may have died, or records were replayed
	ended   bool                   // the run has, so that nothing is begun
	met     map[state.TaskKey]bool // tasks that were led on to: none is entered twice
	kept    []work                 // in the order in which they became ready
	done    time.Time              // when a strand has last done a task, or begun to keep some
	active  map[*strand]work       // strands that work, with their last task
	width   int                    // of strands that may work side by side
	crowded bool                   // tasks have been kept
	stop    func()                 // of the timer for tasks that have not begun
	first   answer                 // of a strand that does not acknowledge the message
}

func newHand(e *Engine) *hand {
	return &hand{engine: e, met: map[state.TaskKey]bool{}, active: map[*strand]work{}, width: min(firstWidth, e.config.Strands)}
}

// firstWidth is the number of strands at first. Every task that is done doubles it up to
// Config.Strands: long tasks, which may need the whole processor, are sent meanwhile.
const firstWidth = 2

// close lets the handling go on as a single strand, and returns the tasks that were kept,
// which are to be sent.
func (h *hand) close() []work {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	return h.takeAll()
}

func (h *hand) takeAll() []work {
	tasks := h.kept
	h.kept = nil
	h.disarm()
	return tasks
}

// end lets nothing begin any more: the run has ended.
func (h *hand) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	h.takeAll()
}

// meet reports whether the handling comes upon a task for the first time.
func (h *hand) meet(task state.TaskKey) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.met[task] { //rule:task-met-once = false
		return false
	}
	h.met[task] = true
	return true
}

// open reports whether tasks are kept.
func (h *hand) open() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.closed
}

// over reports whether the run is known to have ended.
func (h *hand) over() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended
}

// alone reports whether no other strand works, and no task is kept.
func (h *hand) alone() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.active) <= 1 && len(h.kept) == 0
}

// shared reports whether the handling has ever kept a task.
func (h *hand) shared() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.crowded
}

// works notes the task that a strand begins.
func (h *hand) works(s *strand, w work) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active[s] = w
}

// keep keeps tasks for other strands, begins as many as may be begun, and returns those
// that are to be sent: all if none may wait.
func (h *hand) keep(ctx context.Context, s *strand, tasks []work) (rest []work) {
	if len(tasks) == 0 {
		return nil
	}
	s.session.ledger.open(s.session.view)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.kept) == 0 {
		h.done = h.engine.config.Now()
	}
	h.kept, h.crowded = append(h.kept, tasks...), true
	h.fill(ctx, s.session)
	if h.engine.config.Spread <= 0 {
		return h.takeAll()
	}
	h.arm(ctx, s.session)
	return nil
}

// performed notes that a strand has done a task, so that more may work side by side.
func (h *hand) performed(ctx context.Context, s *strand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.kept) == 0 {
		return
	}
	h.done = h.engine.config.Now()
	h.width = min(2*h.width, h.engine.config.Strands)
	h.fill(ctx, s.session)
}

// fill begins kept tasks while strands and places are free.
func (h *hand) fill(ctx context.Context, session *session) {
	for len(h.kept) > 0 && len(h.active) < h.width && !h.ended {
		if !session.fits(h.kept[0].TaskKey) {
			return
		}
		place := share{of: h.engine.places}
		if !place.try(1) {
			return
		}
		beside := newStrand(session.fork(place))
		w := h.pop()
		h.active[beside] = w
		h.strands.Go(ctx, func(ctx context.Context) { beside.beside(ctx, w) })
	}
}

func (h *hand) pop() work {
	w := h.kept[0]
	if h.kept = h.kept[1:]; len(h.kept) == 0 {
		h.disarm()
	}
	return w
}

// next returns the next task for a strand that has come to its end, and before it the tasks
// for which no time is left, which are to be sent.
func (h *hand) next(s *strand) (next *work, unfit []work) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.kept) > 0 {
		w := h.pop()
		if s.session.fits(w.TaskKey) {
			h.active[s] = w
			return &w, unfit
		}
		unfit = append(unfit, w)
	}
	return nil, unfit
}

// leave notes that a strand has come to its end.
func (h *hand) leave(s *strand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.active, s)
}

// note keeps the first answer that returns the message.
func (h *hand) note(a answer) {
	if _, ok := a.(acknowledge); ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first == nil {
		h.first = a
	}
}

// answer returns the answer of all strands.
func (h *hand) answer() answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first != nil { //rule:returned-strand-returns-message = false
		return h.first
	}
	return acknowledge{}
}

// mayLeadTo reports whether a strand that works, or a kept task, may still lead to a join.
func (h *hand) mayLeadTo(s *strand, join string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	nodes := map[string]bool{}
	for other, w := range h.active {
		if other != s {
			nodes[w.Node] = true
		}
	}
	for _, k := range h.kept {
		nodes[k.Node] = true
	}
	return len(nodes) > 0 && s.session.program.plan.Graph.Reaches(join, nodes)
}

// arm sets the timer at which the strands have done nothing for too long.
func (h *hand) arm(ctx context.Context, session *session) {
	if h.stop != nil || len(h.kept) == 0 {
		return
	}
	wait := h.done.Add(h.engine.config.Spread).Sub(h.engine.config.Now())
	h.stop = spawn.After(ctx, max(wait, 0), func(ctx context.Context) { h.spread(ctx, session) })
}

func (h *hand) disarm() {
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// spread sends the kept tasks, so that other workers may begin them, if no strand has come
// to the end of its task for too long: tasks like these would hold up the others here.
func (h *hand) spread(ctx context.Context, session *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stop = nil
	if len(h.kept) == 0 || h.engine.config.Now().Sub(h.done) < h.engine.config.Spread {
		h.arm(ctx, session)
		return
	}
	late, own := h.takeAll(), session.fork(share{of: h.engine.places})
	h.strands.Go(ctx, func(ctx context.Context) { h.note(own.send(ctx, late)) }) // beside the strand that works still
}
