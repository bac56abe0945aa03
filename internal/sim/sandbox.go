package sim

import (
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// sandbox loads a worker's code: it handles messages with an engine of its own, on
// a clock of its own.
type sandbox struct {
	hosts  *hosts
	name   string
	skew   time.Duration
	old    bool // deployed before the blueprint's last version, or before its code
	loaded *engine.Engine
	looker *engine.Reconciler
}

func (s *sandbox) clock() time.Time { return s.hosts.scheduler.time().Add(s.skew) }

// recycle lets the sandbox be replaced in a while, and with it the code that it was left
// with.
func (s *sandbox) recycle() {
	s.hosts.scheduler.at(s.hosts.chance.between(0, 3*time.Minute), s.cold)
}

// cold lets the next message find a new sandbox in this one's place.
func (s *sandbox) cold() { s.loaded, s.looker = nil, nil }

func (s *sandbox) config() engine.Config {
	t := s.hosts.setting.timings
	if s.old {
		t.timeout = max(t.timeout, s.hosts.setting.lowered)
	}
	return engine.Config{
		Strands: s.hosts.setting.strands, Spread: s.hosts.setting.spread,
		Parallel: s.hosts.setting.parallel, Memory: s.hosts.setting.memory,
		Timeout: t.timeout, NodeTimeout: t.node, StalledAfter: t.stalledAfter, MaxReceives: t.maxReceives, MissingCode: s.hosts.setting.missingCode,
		Now: s.clock, NewID: s.hosts.newID, Jitter: s.hosts.chance.Float64, Role: workerRole,
	}
}

func (s *sandbox) engine() *engine.Engine {
	if s.loaded == nil {
		s.loaded = s.load()
	}
	return s.loaded
}

func (s *sandbox) load() *engine.Engine {
	config, setting, services := s.config(), s.hosts.setting, s.hosts.services
	registry := flow.Registry{"work": s.code(), "recent": s.code()}
	switch {
	case !s.old:
		config.Blueprints = []*flow.Blueprint{setting.graph.blueprint}
	case setting.oldVersion != nil:
		config.Blueprints = []*flow.Blueprint{setting.oldVersion.blueprint}
	default:
		delete(registry, "recent")
	}
	engine, err := engine.New(services.store, services.queue, registry, config)
	if err != nil {
		panic(fmt.Sprintf("seed %d: %v", setting.seed, err))
	}
	return engine
}

func (s *sandbox) reconciler() *engine.Reconciler {
	if s.looker != nil {
		return s.looker
	}
	setting, services := s.hosts.setting, s.hosts.services
	r, err := engine.NewReconciler(services.store, services.locks, services.queue, engine.ReconcilerConfig{Config: s.config(), RescueLimit: setting.rescueLimit})
	if err != nil {
		panic(fmt.Sprintf("seed %d: %v", setting.seed, err))
	}
	s.looker = r
	return r
}
