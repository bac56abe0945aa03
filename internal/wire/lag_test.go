package wire_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/wire"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// TestLag lets a worker die at each of its requests, and the run stall. Then the
// indexes lag behind: they go on showing the run as stalled, and its timers as due,
// while another worker goes on with it, and the reconciler ticks before each of
// that worker's requests. Messages from the reconciler are handled at once, by a
// third worker. It may rescue the run before it is touched, and must do no harm:
// the run ends as usual, and no code starts again except that of the dead worker.
func TestLag(t *testing.T) {
	t.Parallel()
	db, queues := startServers(t)
	var ticks, stale atomic.Int64
	t.Run("cases", func(t *testing.T) {
		for _, c := range testCases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newStack(t, db, queues, "lag-"+c.id())
				want, _ := clean(t, s, &c)
				for n := 1; ; n++ {
					l := newLagging(t, s, &c, fmt.Sprintf("lag-%s-%d", c.id(), n), n)
					died := l.run(t, want)
					ticks.Add(int64(l.ticks))
					stale.Add(int64(l.stale))
					if !died {
						break
					}
				}
			})
		}
	})
	t.Logf("%d ticks, which the indexes showed %d runs and timers of the past", ticks.Load(), stale.Load())
	if stale.Load() == 0 {
		t.Error("the indexes showed nothing of the past")
	}
}

// lagging is a trial whose first worker dies, and whose reconciler sees the past.
type lagging struct {
	*trial
	n       int // the request after which the worker dies
	eyes    *wire.Wire
	sight   *dynamo.Store
	watcher *engine.Reconciler
	third   *engine.Engine
	working bool // a worker handles a message
	made    int  // requests by workers
	died    bool
	again   bool // another worker has the run
	ticks   int
	stale   int
	err     error
}

func newLagging(t *testing.T, s *stack, c *testCase, runID string, n int) *lagging {
	t.Helper()
	l := &lagging{trial: newTrial(t, s, c, runID), n: n}
	l.eyes = l.newWire()
	store, queue := s.clients(l.eyes, l.now)
	l.sight = store
	l.third = l.newEngine(t, store, queue)
	var err error
	l.watcher, err = engine.NewReconciler(store, dynamo.NewCoordinationStore(store), at{queue, l}, l.reconciling())
	if err != nil {
		t.Fatal(err)
	}
	l.wire.Before = func(int, wire.Request) { l.before(t.Context()) }
	l.around = l.handle
	return l
}

// at is a queue whose messages, sent while the reconciler ticks, are handled at
// once.
type at struct {
	state.Queue
	l *lagging
}

func (a at) Send(ctx context.Context, messages ...flow.Outgoing) error {
	for i, m := range messages {
		if m.Delay > 0 || a.l.third.Handle(ctx, state.Message{ID: fmt.Sprintf("%s-%d-%d", a.l.runID, a.l.ticks, i), Body: m.Body, Receives: 1}) != nil {
			if err := a.Queue.Send(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// before lets the worker die after a request, or the reconciler tick.
func (l *lagging) before(ctx context.Context) {
	if !l.working {
		return
	}
	l.made++
	switch {
	case l.made == l.n:
		l.died = true
		l.wire.Cut(true)
	case l.again:
		l.tick(ctx)
	}
}

func (l *lagging) tick(ctx context.Context) {
	l.ticks++
	stats, err := l.watcher.Tick(ctx)
	if err != nil {
		l.err = err
	}
	l.stale += stats.ScannedItems + stats.Timers
}

// handle lets time pass after the worker's death, until the run counts as stalled;
// the indexes show that state from then on.
func (l *lagging) handle(handle func() error) error {
	l.working = true
	err := handle()
	l.working = false
	if !l.died || l.again {
		return err
	}
	l.wire.Cut(false)
	l.pass(stalledAfter + time.Minute)
	for _, err := range l.sight.Stalled(noContext, l.now().Add(time.Hour)) {
		if err != nil {
			l.err = err
		}
	}
	for _, err := range l.sight.Due(noContext, l.now().Add(time.Hour)) {
		if err != nil {
			l.err = err
		}
	}
	l.eyes.Lag(true)
	l.again = true
	return err
}

// run reports whether the worker died: in a run of fewer requests it does not.
func (l *lagging) run(t *testing.T, want outcome) (died bool) {
	t.Helper()
	got, problems := l.outcome(t.Context(), 1)
	if l.err != nil {
		problems = append(problems, fmt.Sprintf("the reconciler: %v", l.err))
	}
	if got != want && (l.c.once == "" || got.Failed != l.c.once+" worker_died") {
		problems = append(problems, fmt.Sprintf("the run came to\n%s\nwant\n%s", got.Report, want.Report))
	}
	for _, problem := range problems {
		t.Errorf("death at request %d: %s", l.n, problem)
	}
	if len(problems) > 0 {
		t.Fatalf("death at request %d: the requests were:\n%s", l.n, l.trace(l.n))
	}
	return l.died
}
