package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// sandbox loads a worker's code: it handles messages with an engine of its own, on
// a clock of its own.
type sandbox struct {
	*world
	name   string
	skew   time.Duration
	old    bool // deployed before the blueprint's last version, or before its code
	loaded *engine.Engine
	looker *engine.Reconciler
}

func (s *sandbox) clock() time.Time { return s.time().Add(s.skew) }

// cold lets the next message find a new sandbox in this one's place.
func (s *sandbox) cold() { s.loaded, s.looker = nil, nil }

func (s *sandbox) config() engine.Config {
	return engine.Config{
		Timeout: s.timings.timeout, NodeTimeout: s.timings.node, StalledAfter: s.timings.stalledAfter, MaxReceives: s.timings.maxReceives,
		Now: s.clock, NewID: s.newID, Jitter: s.chance.Float64,
	}
}

func (s *sandbox) engine() *engine.Engine {
	if s.loaded == nil {
		s.loaded = s.load()
	}
	return s.loaded
}

func (s *sandbox) load() *engine.Engine {
	config := s.config()
	registry := flow.Registry{"work": s.code(), "recent": s.code()}
	switch {
	case !s.old:
		config.Blueprints = []*flow.Blueprint{s.graph.blueprint}
	case s.oldVersion != nil:
		config.Blueprints = []*flow.Blueprint{s.oldVersion.blueprint}
	default:
		delete(registry, "recent")
	}
	engine, err := engine.New(store{s.world}, queue{s.world}, registry, config)
	if err != nil {
		panic(fmt.Sprintf("seed %d: %v", s.seed, err))
	}
	return engine
}

// chooseSandbox chooses the sandbox that handles a message.
func (w *world) chooseSandbox(receives int) *sandbox {
	last := receives >= w.timings.maxReceives
	if !last && w.occasional(fault.OldWorker) {
		return w.outdated
	}
	if w.plain {
		return w.sandboxes[0]
	}
	return w.sandboxes[w.chance.IntN(len(w.sandboxes))]
}

// tick lets a reconciler process all runs once.
func (w *world) tick(home *sandbox, done func(engine.Stats, error)) {
	w.ticks++
	p := &process{name: fmt.Sprintf("%s.%d", home.name, w.ticks), home: home, tick: true, deadline: w.now + time.Minute}
	w.spawn(p, func() {
		stats, err := w.reconciler(home).Tick(background)
		if w.tracing() && !p.dead {
			w.trace(p, "has ticked: %+v %v", stats, err)
		}
		w.checkRescueLimit(stats.Jobs)
		if !p.dead && done != nil {
			done(stats, err)
		}
	})
}

func (w *world) reconciler(home *sandbox) *engine.Reconciler {
	if home.looker != nil {
		return home.looker
	}
	r, err := engine.NewReconciler(store{w}, store{w}, queue{w}, engine.ReconcilerConfig{Config: home.config(), RescueLimit: w.rescueLimit})
	if err != nil {
		panic(fmt.Sprintf("seed %d: %v", w.seed, err))
	}
	home.looker = r
	return r
}

// staleLock leaves the locks of a reconciler that died long ago and that were never
// collected.
func (w *world) staleLock() {
	for _, r := range w.runs {
		key, owner, ttl := "lock#reconcile#"+r.id, w.newID(), w.between(0, 5*time.Minute)
		if given, _ := w.locks.SetIfNotExist(background, key, owner, ttl); given {
			w.sawLock(key, owner, ttl, true)
		}
	}
}
