package engine_test

import (
	"bytes"
	"context"
	"iter"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// mortal is the reconciler's view, of which the runs named kill it when their tasks are
// read. A dead reconciler releases nothing.
type mortal struct {
	*sight
	*memory.Locks
	killers  []string
	dead     bool
	examined []string
}

func (m *mortal) Tasks(ctx context.Context, query state.TaskQuery) iter.Seq2[state.TaskRecord, error] {
	m.examined = append(m.examined, query.RunID)
	if slices.Contains(m.killers, query.RunID) {
		m.dead = true
		runtime.Goexit()
	}
	return m.sight.Tasks(ctx, query)
}

func (m *mortal) Release(ctx context.Context, key, owner string) (bool, error) {
	if m.dead {
		return false, nil
	}
	return m.Locks.Release(ctx, key, owner)
}

// tick makes one tick in a process of its own, and returns the runs that it examined.
func (m *mortal) tick(t *testing.T, r *engine.Reconciler) []string {
	m.dead, m.examined = false, nil
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = r.Tick(t.Context())
	}()
	<-ended
	return m.examined
}

// A run that kills the reconciler which reads it does not keep others waiting: from its
// second death on it is taken up last, and named, and the longer after the more deaths.
func TestRunThatKillsTheReconcilerComesLast(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := setup(t, oneNode, codes)
	m := &mortal{Locks: memory.NewLocks(w.clock.Now), killers: []string{"killer"}}
	for i, id := range []string{"killer", "other-1", "other-2", "other-3"} {
		w.runID = id
		w.create(func(r *state.Run) { r.LastUpdated = w.clock.Now().Add(time.Duration(i) * time.Second) })
	}
	m.sight = watched(w).sight
	config := engine.ReconcilerConfig{Config: w.config}
	config.Blueprints, config.Logger = nil, slog.New(slog.NewJSONHandler(&log, nil))
	r, err := engine.NewReconciler(m, m, m, config)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.pass(stalledAfter + 10*time.Second)
	want := func(what string, examined ...string) {
		t.Helper()
		if got := m.tick(t, r); !slices.Equal(got, examined) {
			t.Errorf("%s: the tick examined %v, want %v", what, got, examined)
		}
	}
	want("at first", "killer")
	w.clock.pass(time.Minute)
	want("while its lock is held", "other-1", "other-2", "other-3")
	_, err = w.store.Commit(t.Context(), state.Transition{Run: &state.RunChange{RunID: "other-2", LastUpdated: w.clock.Now().Add(-2 * stalledAfter), ResetRescues: true}})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	want("when it is free", "other-2", "killer")
	if text := log.String(); !strings.Contains(text, `"run_id":"killer"`) || !strings.Contains(text, "run examined alone") {
		t.Errorf("the log does not name the run: %s", text)
	}
	dead := w.clock.Now()
	for w.clock.Now().Before(dead.Add(2*stalledAfter - time.Minute)) {
		w.clock.pass(time.Minute)
		if got := m.tick(t, r); slices.Contains(got, "killer") {
			t.Fatalf("the run was examined again %s after it had killed twice", w.clock.Now().Sub(dead))
		}
	}
	w.clock.pass(2 * time.Minute)
	if got := m.tick(t, r); len(got) == 0 || got[len(got)-1] != "killer" {
		t.Errorf("the tick examined %v, want the killer last", got)
	}
	m.killers = nil // it was not the run's fault, or it is repaired
	w.clock.pass(time.Hour)
	if got := m.tick(t, r); !slices.Contains(got, "killer") {
		t.Errorf("the tick examined %v, want the run in it", got)
	}
	w.clock.pass(2 * time.Hour)
	log.Reset()
	m.tick(t, r)
	if strings.Contains(log.String(), "run examined alone") {
		t.Errorf("the run is suspected for ever: %s", log.String())
	}
	w.queue.take()
}

// locked refuses some releases of locks.
type locked struct {
	*memory.Locks
	refuse int // of the releases to come
}

func (l *locked) Release(ctx context.Context, key, owner string) (bool, error) {
	if l.refuse > 0 {
		l.refuse--
		return false, errBusy
	}
	return l.Locks.Release(ctx, key, owner)
}

// A reconciler that could not release a lock has not died: a later tick releases it.
func TestLockThatIsNotReleased(t *testing.T) {
	t.Parallel()
	w := setup(t, oneNode, codes)
	w.create()
	v := watched(w)
	locks := &locked{memory.NewLocks(w.clock.Now), 2}
	r, err := engine.NewReconciler(v.sight, locks, v.sight, engine.ReconcilerConfig{Config: w.config})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.pass(stalledAfter + 10*time.Second)
	for tick := range 3 {
		if _, err := r.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		taken, err := locks.Take(t.Context(), "lock#reconcile#run", "another", time.Second)
		if want := (state.Taken{Mine: tick == 2}); err != nil || taken != want {
			t.Errorf("after %d ticks, of which two could not release it, the lock is %v (%v), want %v", tick+1, taken, err, want)
		}
	}
}
