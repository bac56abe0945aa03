package engine_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const stalledAfter = 5 * time.Minute

// watch is a reconciler over a world's store and queue.
type watch struct {
	*world
	*engine.Reconciler
	sight *sight
	locks *memory.Locks
}

// watched adds a reconciler to a world.
func watched(w *world, changes ...func(*engine.ReconcilerConfig)) *watch {
	w.Helper()
	v := &watch{world: w, sight: &sight{Injector: w.wire, Directory: w.store, store: w.store}, locks: memory.NewLocks(w.clock.Now)}
	config := engine.ReconcilerConfig{Config: w.config}
	config.Blueprints = nil
	for _, change := range changes {
		change(&config)
	}
	var err error
	if v.Reconciler, err = engine.NewReconciler(v.sight, v.locks, v.sight, config); err != nil {
		w.Fatalf("engine.NewReconciler: %v", err)
	}
	return v
}

// sight is the reconciler's view of store and queue. Writes are counted among the
// wire's requests.
type sight struct {
	*fault.Injector
	state.Directory
	store *memory.Store

	visible  int             // messages in the queue
	unseen   error           // of Visible
	stale    []state.RunRef  // runs that the index still has
	between  func()          // called once, between the reading of a run and of its tasks
	drop     error           // of DropTimer
	dropping func()          // called by DropTimer, if set
	unlisted map[string]bool // lists that cannot be read
	refuse   error           // of Send

	mu      sync.Mutex
	dropped int
}

func (s *sight) Send(ctx context.Context, messages ...flow.Outgoing) error {
	if s.refuse != nil {
		return s.refuse
	}
	return s.Injector.Send(ctx, messages...)
}

func (s *sight) Visible(context.Context) (int, error) { return s.visible, s.unseen }

func (s *sight) Tasks(ctx context.Context, query state.TaskQuery) iter.Seq2[state.TaskRecord, error] {
	if between := s.between; between != nil {
		s.between = nil
		between()
	}
	return s.Directory.Tasks(ctx, query)
}

func (s *sight) Stalled(ctx context.Context, before time.Time) iter.Seq2[state.RunRef, error] {
	return func(yield func(state.RunRef, error) bool) {
		if s.unlisted["runs"] {
			yield(state.RunRef{}, fault.ErrInjected)
			return
		}
		for _, ref := range s.stale {
			if !yield(ref, nil) {
				return
			}
		}
		s.store.Stalled(ctx, before)(yield)
	}
}

func (s *sight) Oldest(ctx context.Context) (time.Time, error) {
	if s.unlisted["oldest"] {
		return time.Time{}, fault.ErrInjected
	}
	return s.store.Oldest(ctx)
}

func (s *sight) Due(ctx context.Context, before time.Time) iter.Seq2[state.Timer, error] {
	if s.unlisted["timers"] {
		return func(yield func(state.Timer, error) bool) { yield(state.Timer{}, fault.ErrInjected) }
	}
	return s.store.Due(ctx, before)
}

func (s *sight) DropTimer(ctx context.Context, timer state.Timer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped++
	if s.dropping != nil {
		s.dropping()
	}
	if s.drop != nil {
		return s.drop
	}
	return s.store.DropTimer(ctx, timer)
}

// tick makes one tick, which must succeed, release its locks and have these stats.
func (v *watch) tick(want engine.Stats) {
	v.Helper()
	got, err := v.Tick(v.Context())
	if err != nil {
		v.Fatalf("Tick = %v, want nil", err)
	}
	v.wantStats(want, got)
}

func (v *watch) wantStats(want, got engine.Stats) {
	v.Helper()
	got.OldestRun = want.OldestRun // has a test of its own
	if diff := cmp.Diff(want, got); diff != "" {
		v.Errorf("stats (-want +got):\n%s", diff)
	}
	if held := v.locks.Held(); held > 0 {
		v.Errorf("%d locks were not given back", held)
	}
}

// idle is a tick that finds nothing to do.
var idle = engine.Stats{}

// sentAgain is a tick that sends jobs for one run.
func sentAgain(jobs int) engine.Stats {
	return engine.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1, Jobs: jobs}
}

// looked is a tick that examines one run and leaves it alone.
var looked = engine.Stats{ScannedItems: 1, StalledRuns: 1}

// stalledRun is a world with a run that has not been touched for the threshold.
func stalledRun(t *testing.T, blueprint string, changes ...func(*engine.ReconcilerConfig)) *watch {
	t.Helper()
	w := setup(t, blueprint, codes)
	w.create()
	w.clock.pass(stalledAfter + time.Second)
	return watched(w, changes...)
}

// codes are the implementations that the blueprints of these tests name.
var codes = flow.Registry{"code": flow.Func(func(context.Context, any) (int, error) { return 1, nil })}

// The blueprints of these tests.
const (
	oneNode  = `{"id":"one","nodes":[{"id":"a","uses":"code"}]}`
	chainTwo = `{"id":"two","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"}],"edges":[{"source":"a","target":"b"}]}`
	twoNodes = `{"id":"pair","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"}]}`
)
