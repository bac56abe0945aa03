package engine

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/spawn"
)

// hand holds the tasks that one handling keeps to itself instead of sending them. Several
// strands perform them side by side; one that ends takes the next. If they take long, those
// that have not begun are sent after all. Its lock is never held during a request.
type hand struct {
	engine  *Engine
	strands spawn.Group // beside the first

	met     metTasks
	answers answers
	closed  atomic.Bool // nothing is kept: a worker may have died, or records were replayed
	ended   atomic.Bool // the run has, so that nothing is begun
	shared  atomic.Bool // tasks have been kept

	mu     sync.Mutex
	kept   []work           // in the order in which they became ready
	done   time.Time        // when a strand has last done a task, or begun to keep some
	active map[*strand]work // strands that work, with their last task
	width  int              // of strands that may work side by side
	stop   func()           // of the timer for tasks that have not begun
}

func newHand(e *Engine) *hand {
	return &hand{engine: e, active: map[*strand]work{}, width: min(firstWidth, e.config.Strands)}
}

// firstWidth is the number of strands at first. Every task that is done doubles it up to
// Config.Strands: long tasks, which may need the whole processor, are sent meanwhile.
const firstWidth = 2

// close lets the handling go on as a single strand, and returns the tasks that were kept,
// which are to be sent.
func (h *hand) close() []work {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed.Store(true)
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
	h.ended.Store(true)
	h.takeAll()
}

// alone reports whether no other strand works, and no task is kept.
func (h *hand) alone() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.active) <= 1 && len(h.kept) == 0
}

// works notes the task that a strand begins.
func (h *hand) works(s *strand, w work) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active[s] = w
}

// keep keeps tasks for other strands, begins as many as may be begun, and returns those
// that are to be sent: all if none may wait, and half if they are known to take long.
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
	h.kept = append(h.kept, tasks...)
	h.shared.Store(true)
	h.fill(ctx, s.session)
	if h.engine.config.Spread <= 0 {
		return h.takeAll()
	}
	if s.slow(tasks) {
		rest = h.takeHalf()
	}
	h.arm(ctx, s.session)
	return rest
}

// takeHalf returns the half of the kept tasks that would be begun last.
func (h *hand) takeHalf() []work {
	half := len(h.kept) / 2
	rest := slices.Clone(h.kept[half:])
	if h.kept = h.kept[:half]; half == 0 {
		h.disarm()
	}
	return rest
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
	for len(h.kept) > 0 && len(h.active) < h.width && !h.ended.Load() {
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

// others returns the nodes of the tasks that other strands perform, and of those that are
// kept.
func (h *hand) others(s *strand) map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	nodes := map[string]bool{}
	for other, w := range h.active {
		if other != s {
			nodes[w.Node] = true
		}
	}
	for _, w := range h.kept {
		nodes[w.Node] = true
	}
	return nodes
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

// spread sends half of the kept tasks, so that other workers may begin them, if no strand has
// come to the end of its task for too long: tasks like these would hold up the others here.
// Half at a time, since one other worker may get all that are sent together.
func (h *hand) spread(ctx context.Context, session *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stop = nil
	if len(h.kept) == 0 || h.engine.config.Now().Sub(h.done) < h.engine.config.Spread {
		h.arm(ctx, session)
		return
	}
	h.done = h.engine.config.Now()
	late, own := h.takeHalf(), session.fork(share{of: h.engine.places})
	h.arm(ctx, session)
	// A strand works still, so the message waits for this sending, too.
	h.strands.Go(ctx, func(ctx context.Context) { h.answers.note(own.outbox.sendInstead(ctx, late)) })
}
