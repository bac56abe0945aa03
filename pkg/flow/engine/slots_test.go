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
			if err := worker.Handle(t.Context(), startOf("second", 1)); err != nil {
				t.Errorf("the verdict is %v, want that a copy waits", err)
			}
			if waited := time.Since(began); waited != 60*time.Second-3*time.Second-50*time.Second {
				t.Errorf("it waited for %s, want as long as its node's timeout would still fit", waited)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := worker.Handle(ctx, startOf("second", 1)); !errors.Is(err, engine.ErrNoTime) || time.Since(began) > 8*time.Second {
				t.Errorf("after the context's end the verdict is %v, want too little time, at once", err)
			}
			if err := worker.Handle(t.Context(), startOf("second", 2)); !errors.Is(err, engine.ErrNoTime) {
				t.Errorf("a suspect one has the verdict %v, want too little time", err)
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
