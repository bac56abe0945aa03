package flow_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

const stalledAfter = 5 * time.Minute

// watch is a reconciler over a world's store and queue.
type watch struct {
	*world
	*flow.Reconciler
	sight *sight
	locks *memory.Locks
}

// watched adds a reconciler to a world.
func watched(w *world, changes ...func(*flow.ReconcilerConfig)) *watch {
	w.Helper()
	v := &watch{world: w, sight: &sight{Flaky: w.wire, Directory: w.store, store: w.store}, locks: memory.NewLocks(w.clock.Now)}
	config := flow.ReconcilerConfig{Config: w.config}
	config.Blueprints = nil
	for _, change := range changes {
		change(&config)
	}
	var err error
	if v.Reconciler, err = flow.NewReconciler(v.sight, v.locks, v.sight, config); err != nil {
		w.Fatalf("flow.NewReconciler: %v", err)
	}
	return v
}

// sight is what a reconciler sees of store and queue. Writes are counted among
// the wire's requests.
type sight struct {
	*flowtest.Flaky
	flow.Directory
	store *memory.Store

	visible  int             // messages in the queue
	unseen   error           // of Visible
	stale    []flow.RunRef   // what the index still has
	between  func()          // called once, between the reading of a run and of its tasks
	drop     error           // of DropTimer
	dropping func()          // called by DropTimer, if set
	unlisted map[string]bool // lists that cannot be read

	mu      sync.Mutex
	dropped int
}

func (s *sight) Visible(context.Context) (int, error) { return s.visible, s.unseen }

func (s *sight) Tasks(ctx context.Context, runID string) iter.Seq2[flow.TaskRecord, error] {
	if between := s.between; between != nil {
		s.between = nil
		between()
	}
	return s.Directory.Tasks(ctx, runID)
}

func (s *sight) Stalled(ctx context.Context, before time.Time) iter.Seq2[flow.RunRef, error] {
	return func(yield func(flow.RunRef, error) bool) {
		if s.unlisted["runs"] {
			yield(flow.RunRef{}, flowtest.ErrInjected)
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

func (s *sight) Due(ctx context.Context, before time.Time) iter.Seq2[flow.Timer, error] {
	if s.unlisted["timers"] {
		return func(yield func(flow.Timer, error) bool) { yield(flow.Timer{}, flowtest.ErrInjected) }
	}
	return s.store.Due(ctx, before)
}

func (s *sight) DropTimer(ctx context.Context, timer flow.Timer) error {
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

// tick makes one tick, which must succeed, give its locks back and have these stats.
func (v *watch) tick(want flow.Stats) {
	v.Helper()
	got, err := v.Tick(v.Context())
	if err != nil {
		v.Fatalf("Tick = %v, want nil", err)
	}
	v.wantStats(want, got)
}

func (v *watch) wantStats(want, got flow.Stats) {
	v.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		v.Errorf("stats (-want +got):\n%s", diff)
	}
	if held := v.locks.Held(); held > 0 {
		v.Errorf("%d locks were not given back", held)
	}
}

// idle is a tick that finds nothing to do.
var idle = flow.Stats{}

// sentAgain is a tick that sends jobs for one run.
func sentAgain(jobs int) flow.Stats {
	return flow.Stats{ScannedItems: 1, StalledRuns: 1, ReconciledRuns: 1, Jobs: jobs}
}

// looked is a tick that looks at one run and leaves it alone.
var looked = flow.Stats{ScannedItems: 1, StalledRuns: 1}

// stalledRun is a world with a run that nobody has touched for the threshold.
func stalledRun(t *testing.T, blueprint string, changes ...func(*flow.ReconcilerConfig)) *watch {
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
