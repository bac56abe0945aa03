package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestParallel(t *testing.T) {
	t.Parallel()
	t.Run("a batch executes as many nodes at a time as it may", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var now, most, all atomic.Int32
			code := flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Millisecond)
				now.Add(-1)
				all.Add(1)
				return flow.Result{}, nil
			})
			worker := parallelWorker(t, memory.NewStore(), code, 2)
			var batch sync.WaitGroup
			for i := range 20 {
				batch.Go(func() {
					if err := worker.Handle(t.Context(), startOf(fmt.Sprint("run-", i), 1)); err != nil {
						t.Error(err)
					}
				})
			}
			batch.Wait()
			if most.Load() != 2 || all.Load() != 40 {
				t.Errorf("%d nodes were executed, at most %d at a time, want 40, 2 at a time", all.Load(), most.Load())
			}
		})
	})
	t.Run("a message whose turn comes too late waits, and has claimed nothing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := memory.NewStore()
			code := flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
				<-ctx.Done() // its timeout is as long as a node's can be
				return flow.Result{}, ctx.Err()
			})
			worker := parallelWorker(t, store, code, 1)
			go func() { _ = worker.Handle(t.Context(), startOf("first", 1)) }()
			synctest.Wait()
			began := time.Now()
			if err := worker.Handle(t.Context(), startOf("second", 1)); !errors.Is(err, engine.ErrNoTime) {
				t.Errorf("the verdict is %v, want too little time", err)
			}
			if waited := time.Since(began); waited != 60*time.Second-3*time.Second-50*time.Second {
				t.Errorf("it waited for %s, want as long as its node's timeout would still fit", waited)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := worker.Handle(ctx, startOf("second", 1)); !errors.Is(err, engine.ErrNoTime) || time.Since(began) > 8*time.Second {
				t.Errorf("after the context's end the verdict is %v, want too little time, at once", err)
			}
			if err := worker.Handle(t.Context(), startOf("second", 4)); err != nil {
				t.Errorf("near the dead letters the verdict is %v, want that it was sent again", err)
			}
			if _, err := store.Run(t.Context(), "second"); !errors.Is(err, flow.ErrNotFound) {
				t.Errorf("the second run is there (%v)", err)
			}
			time.Sleep(time.Minute) // the first one ends
		})
	})
}

// parallelWorker returns an engine whose blueprint has two nodes of the same code.
func parallelWorker(t *testing.T, store *memory.Store, code flow.Handler, parallel int) *engine.Engine {
	t.Helper()
	blueprint := parse(t, `{"id":"b","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"}],"edges":[{"source":"a","target":"b"}]}`)
	worker, err := engine.New(store, memory.NewQueue(), flow.Registry{"code": code}, engine.Config{
		Blueprints: []*flow.Blueprint{blueprint}, NodeTimeout: 50 * time.Second, Parallel: parallel,
	})
	if err != nil {
		t.Fatal(err)
	}
	return worker
}

func startOf(run string, receives int) state.Message {
	return state.Message{ID: "start-" + run, Body: fmt.Sprintf(`{"type":"start","runId":%q,"blueprintId":"b"}`, run), Receives: receives}
}

// siblings has nodes that do not depend on each other.
const siblings = `{"id":"b","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"c","uses":"code"},{"id":"after","uses":"code"}],"edges":[{"source":"a","target":"after"}]}`

// A task that may have killed a worker runs beside no other, and its successors are sent.
func TestSuspectTaskRunsAlone(t *testing.T) {
	t.Parallel()
	died := func(w *world) {
		r := inState("a", flow.TaskRunning)
		r.Starts, r.Via = 1, state.ViaMessage
		w.put(r)
	}
	apart := map[string]int{"b": 0, "a": 1, "c": 2}
	for name, test := range map[string]struct {
		before  func(*world)
		message func(state.Message) state.Message
		want    map[string]int // the seconds at which nodes begin
	}{
		"new":                   {want: map[string]int{"a": 0, "b": 0, "c": 0, "after": 1}},
		"its worker has died":   {before: died, want: apart},
		"which the queue tells": {before: died, message: again, want: apart},
		"received before":       {message: again, want: map[string]int{"a": 0, "b": 0, "c": 0, "after": 1}},
		"sent again after an outage": {want: map[string]int{"a": 0, "b": 0, "c": 0, "after": 1}, message: func(m state.Message) state.Message {
			m.Attributes = m.Again(time.Now())
			return m
		}},
		"rescued": {want: apart, message: func(m state.Message) state.Message {
			m.Attributes = map[string]string{state.AttributeID: "first"}
			return m
		}},
		"replayed: a worker may have died while it went on": {want: map[string]int{"b": 0, "after": 1, "c": 2}, message: again, before: func(w *world) {
			w.put(done("a", 0))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var mu sync.Mutex
				seen := map[string]int{}
				code := taskFunc(func(task *flow.Task) (flow.Result, error) {
					mu.Lock()
					seen[task.NodeID] = int(time.Since(began) / time.Second)
					mu.Unlock()
					time.Sleep(time.Second)
					return flow.Result{}, nil
				})
				w := setup(t, siblings, flow.Registry{"code": code})
				w.create()
				if test.before != nil {
					test.before(w)
				}
				a := w.job("a")
				if test.message != nil {
					a = test.message(a)
				}
				var batch sync.WaitGroup
				starts := w.record("a").Starts
				for _, m := range []state.Message{w.job("b"), a, w.job("c")} {
					batch.Go(func() {
						if err := w.engine.Handle(t.Context(), m); err != nil {
							t.Error(err)
						}
					})
					synctest.Wait()
				}
				if a := w.record("a"); test.want["a"] == 1 && (a.Starts != starts || a.LeaseUntil.After(w.clock.Now())) {
					t.Errorf("while it waits a has %d starts, leased until %s, want it unclaimed: the death of b would count", a.Starts, a.LeaseUntil)
				}
				batch.Wait()
				if diff := cmp.Diff(test.want, seen); diff != "" {
					t.Errorf("nodes began after seconds (-want +got):\n%s", diff)
				}
				w.queue.take()
			})
		})
	}
}

// A suspect task whose turn comes too late is as it was: free, with the deaths that it
// had, and its message comes back.
func TestSuspectTaskWhoseTurnIsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		code := taskFunc(func(*flow.Task) (flow.Result, error) {
			time.Sleep(40 * time.Second)
			return flow.Result{}, nil
		})
		w := setup(t, siblings, flow.Registry{"code": code}, func(c *engine.Config) { c.NodeTimeout = 50 * time.Second })
		w.create()
		r := inState("a", flow.TaskRunning)
		r.Starts, r.Via = 2, state.ViaMessage
		w.put(r)
		b := w.job("b")
		go func() { _ = w.engine.Handle(t.Context(), b) }()
		synctest.Wait()
		if err := w.wantBack(w.job("a")); !errors.Is(err, engine.ErrNoTime) {
			t.Errorf("%v, want too little time", err)
		}
		if a := w.record("a"); a.State != flow.TaskRetrying || a.Starts != 2 || a.Owner != "" {
			t.Errorf("the record is %s with %d starts, owner %q, want it given back", a.State, a.Starts, a.Owner)
		}
		w.wantStarts("a", 0)
		time.Sleep(time.Minute)
	})
}

// A message whose turn does not come is sent again before it becomes a dead letter. That
// is told only when it has gone on for long.
func TestLateTurnIsNoError(t *testing.T) {
	t.Parallel()
	for returns, told := range map[int]bool{0: false, 3: false, 4: true} {
		synctest.Test(t, func(t *testing.T) {
			code := taskFunc(func(*flow.Task) (flow.Result, error) {
				time.Sleep(40 * time.Second)
				return flow.Result{}, nil
			})
			w := setup(t, siblings, flow.Registry{"code": code}, func(c *engine.Config) { c.Parallel, c.NodeTimeout = 1, 50*time.Second })
			w.create()
			b := w.job("b")
			go func() { _ = w.engine.Handle(t.Context(), b) }()
			synctest.Wait()
			before := len(w.events.texts())
			m := onReceive(w.job("a"), 4)
			m.Attributes = map[string]string{state.AttributeID: "first", state.AttributeReturns: fmt.Sprint(returns)}
			w.handle(m)
			if sent := w.takeOne(); sent.Message.Returns() != returns+1 {
				t.Errorf("sent again with %v, want one return more than %d", sent.Attributes, returns)
			}
			if got := len(w.events.texts()) > before; got != told {
				t.Errorf("after %d returns it is told: %t", returns, got)
			}
			time.Sleep(2 * time.Minute)
		})
	}
}
