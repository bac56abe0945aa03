package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

var (
	errThrottled = errors.New("throttled")
	errLost      = errors.New("response lost")
	errSilent    = errors.New("no response")
)

// wire carries the requests of processes to the store and the queue, and lets faults
// hit some of them.
type wire struct {
	setting   *setting
	chance    chance
	scheduler *scheduler
	faults    *faults
	latency   *latency
	load      *load
	late      bool // an effect lands whose caller gave up: nothing can pause
	hosts     *hosts
	delivery  *delivery
	watcher   *watcher

	requests     int
	tickRequests int // of reconcilers
}

// request carries out one request of the current process to the store or the queue:
// it takes time, other processes have their turn meanwhile, and a fault may hit.
// The effect itself is one atomic step. A story shows the arguments; nil is none.
func request[T any](ctx context.Context, w *wire, r fault.Request, args any, effect func() (T, error)) (result T, err error) {
	p := w.scheduler.current
	if p == nil { // outside of the world, where no fault occurs
		return effect()
	}
	if p.dead {
		return result, errDead
	}
	kind := w.faultOf(p, r)
	w.count(p)
	w.watcher.sawRequest(r, kind)
	detail := ""
	if w.scheduler.story.told() {
		detail = detailOf(args)
	}
	result, err = carry(ctx, w, p, r, kind, effect)
	if w.scheduler.story.told() {
		w.scheduler.trace(p, "%s", requestText(r, detail, kind, err))
	}
	return result, err
}

// carry carries a request out, while the fault of a kind hits it.
func carry[T any](ctx context.Context, w *wire, p *process, r fault.Request, kind fault.Kind, effect func() (T, error)) (result T, err error) {
	if err := w.ended(ctx, p); err != nil {
		return result, err
	}
	seen := w.load.seen(p, r)
	if err := w.beforeEffect(p, kind); err != nil {
		if kind == fault.CrashBefore || kind == fault.ReconcilerCrash {
			w.watcher.sawAnswer(r, kind, nil)
		}
		return result, err
	}
	if err := w.ended(ctx, p); err != nil && w.chance.one(2) {
		return result, err
	}
	if err := w.capacity(ctx, p, r, seen); err != nil {
		return result, err
	}
	if kind == fault.Silent {
		if w.chance.one(2) {
			_, err := effect()
			w.watcher.sawAnswer(r, kind, err)
		}
		return result, w.silence(ctx, p)
	}
	if kind == fault.LateEffect {
		w.scheduler.at(w.chance.between(0, 2*w.setting.timings.visibility), func() {
			w.scheduler.current, w.late = p, true
			_, err := effect()
			w.late = false
			w.watcher.sawAnswer(r, kind, err)
			w.scheduler.current = nil
		})
		return result, errLost
	}
	result, err = effect()
	if kind != fault.Repeated {
		w.watcher.sawAnswer(r, kind, err)
	}
	switch kind {
	case fault.CrashAfter:
		w.hosts.die(p)
		return result, errDead
	case fault.AnswerLost:
		return *new(T), errLost
	case fault.Repeated:
		w.scheduler.pause(w.latency.usual())
		if p.dead {
			return result, errDead
		}
		result, err = effect()
		w.watcher.sawAnswer(r, kind, err)
	case fault.ZombieAfter:
		w.zombie(p)
		if p.dead {
			return result, errDead
		}
	}
	if ended := w.ended(ctx, p); ended != nil {
		return *new(T), ended
	}
	return result, err
}

// ended returns the error of a context that has ended. A zombie's has no end.
func (w *wire) ended(ctx context.Context, p *process) error {
	if p.zombie {
		return nil
	}
	return ctx.Err()
}

// endContexts ends the contexts of all strands of a process.
func (w *wire) endContexts(p *process) {
	for _, strand := range slices.Clone(p.strands) {
		w.scheduler.interrupt(strand, strand.end)
	}
}

// silence waits for an answer that never comes: until the context ends, or the client
// gives up.
func (w *wire) silence(ctx context.Context, p *process) error {
	wait := max(p.deadline-w.scheduler.now, 0) + time.Hour
	if ends := endOf(ctx); ends > 0 {
		wait = max(ends-w.scheduler.now, 0)
	}
	if w.setting.impatient {
		wait = min(wait, w.chance.between(2*time.Second, 5*time.Second))
	}
	p.silent = true
	w.scheduler.pause(wait)
	p.silent = false
	if p.dead {
		return errDead
	}
	return errSilent
}

// tries is how often a client repeats a request that load refuses. It repeats a commit
// until its context ends.
const tries = 5

// capacity waits until load lets a request take effect, as a client does that repeats
// it; its error is that of the last try.
func (w *wire) capacity(ctx context.Context, p *process, r fault.Request, seen int) error {
	for try := 1; ; try++ {
		by := w.load.refuses(p, r, seen)
		if by == "" {
			return nil
		}
		w.watcher.sawLoad(r, by)
		if try >= tries && r.Verb != "commit" {
			return errThrottled
		}
		w.scheduler.pause(w.chance.between(50*time.Millisecond, 400*time.Millisecond<<min(try, 3)))
		seen = w.load.seen(p, r)
		if p.dead {
			return errDead
		}
		if err := w.ended(ctx, p); err != nil {
			return err
		}
	}
}

// tears reports whether the items that a process reads now are of different moments.
func (w *wire) tears(p *process) bool {
	if p == nil || p.zombie || w.late || !w.setting.torn || w.setting.spared(p) || !w.chance.one(4) {
		return false
	}
	w.faults.hit(fault.Torn)
	return true
}

func (w *wire) count(p *process) {
	w.requests++
	if p.tick {
		w.tickRequests++
	}
}

// faultOf returns the fault that hits the next request of a process.
func (w *wire) faultOf(p *process, r fault.Request) fault.Kind {
	kind, lost := w.faults.of(p, r)
	if lost {
		w.delivery.queue.bury(p.message, "lost")
	}
	return kind
}

// beforeEffect lets time pass, and a fault hit, before a request takes effect; if
// it returns an error the request has no effect.
func (w *wire) beforeEffect(p *process, kind fault.Kind) error {
	switch kind {
	case fault.CrashBefore, fault.ReconcilerCrash:
		w.hosts.die(p)
		return errDead
	case fault.Slow, fault.ReconcilerSlow:
		w.scheduler.pause(w.chance.between(time.Second, w.setting.timings.timeout/2))
	case fault.ZombieBefore:
		w.zombie(p)
	case fault.ContextEnds:
		w.scheduler.at(w.chance.between(0, 2*w.latency.usual()), func() { w.endContexts(p) })
	case fault.Duplicate, fault.DuplicateNew:
		w.delivery.redeliver(p.message, kind == fault.DuplicateNew)
	}
	w.scheduler.pause(w.latency.of(p))
	if p.dead {
		return errDead
	}
	if kind == fault.Refused || kind == fault.ReconcilerRefused {
		return errThrottled
	}
	return nil
}

// zombie pauses a process until its lease has expired. Then it goes on with its
// remaining work.
func (w *wire) zombie(p *process) {
	p.zombie = true
	if w.setting.batching && p.home != nil { // it is frozen with its whole sandbox
		p.home.cold()
	}
	lease := p.deadline - w.scheduler.now + 10*time.Second
	w.scheduler.pause(max(lease, 0) + w.chance.between(0, 2*w.setting.timings.visibility))
}

func detailOf(args any) string {
	if args == nil {
		return ""
	}
	return fault.Detail(args)
}

func requestText(r fault.Request, detail string, kind fault.Kind, err error) string {
	text := r.String()
	if detail != "" {
		text += " (" + detail + ")"
	}
	text += ": "
	if err != nil {
		text += err.Error()
	} else {
		text += "ok"
	}
	if kind != "" {
		text += "   <- " + string(kind)
	}
	return text
}
