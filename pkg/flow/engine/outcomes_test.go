package engine_test

import (
	"context"
	"fmt"
	"strings"
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

// gauge counts what goes on at the same time.
type gauge struct{ now, most, all atomic.Int32 }

func (g *gauge) during(work func()) {
	g.all.Add(1)
	most := g.now.Add(1)
	for old := g.most.Load(); old < most && !g.most.CompareAndSwap(old, most); old = g.most.Load() {
	}
	defer g.now.Add(-1)
	work()
}

// writingStore takes a second to record a large value.
type writingStore struct {
	*memory.Store
	outcomes, results, inputs gauge
}

func (s *writingStore) Commit(ctx context.Context, t state.Transition) (record state.TaskRecord, err error) {
	commit := func() { record, err = s.Store.Commit(ctx, t) }
	slow := func() { time.Sleep(time.Second); commit() }
	switch {
	case t.Task != nil && len(t.Task.Output) >= mb:
		s.outcomes.during(slow)
	case t.Run != nil && t.Run.Finish != nil && len(t.Run.Finish.Result) >= mb:
		s.results.during(slow)
	default:
		commit()
	}
	return record, err
}

func (s *writingStore) Create(ctx context.Context, run state.Run) (stored state.Run, err error) {
	s.inputs.during(func() { time.Sleep(time.Second); stored, err = s.Store.Create(ctx, run) })
	return stored, err
}

// handleAll starts n runs in one batch, and returns the handled messages' verdicts.
func handleAll(t *testing.T, worker *engine.Engine, n int, input string) {
	t.Helper()
	var batch sync.WaitGroup
	for i := range n {
		batch.Go(func() {
			m := startOf(fmt.Sprint("run-", i), 1)
			m.Body = strings.TrimSuffix(m.Body, "}") + `,"input":` + input + `}`
			if err := worker.Handle(t.Context(), m); err != nil {
				t.Errorf("run %d: %v", i, err)
			}
		})
	}
	batch.Wait()
}

func lean(t *testing.T, store state.Store, megabytes int, blueprint string, code flow.Registry) *engine.Engine {
	t.Helper()
	worker, err := engine.New(store, memory.NewQueue(), code, engine.Config{
		Blueprints: []*flow.Blueprint{parse(t, blueprint)}, Memory: megabytes * mb, MaxValue: 2 * mb, MaxInput: 6 * mb,
	})
	if err != nil {
		t.Fatal(err)
	}
	return worker
}

const oneLarge = `{"id":"b","nodes":[{"id":"a","uses":"large"}]}`

// Large values are recorded as an eighth of the memory allows: each is copied, hashed
// and encoded meanwhile.
func TestLargeValuesAreRecordedAsMemoryAllows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		output, input int // bytes
		most          int32
		recorded      func(*writingStore) *gauge
	}{
		"outcomes":       {mb, 0, 2, func(s *writingStore) *gauge { return &s.outcomes }},
		"results":        {mb, 0, 2, func(s *writingStore) *gauge { return &s.results }},
		"inputs of runs": {1, mb, 2, func(s *writingStore) *gauge { return &s.inputs }},
		"small inputs":   {1, 1, 12, func(s *writingStore) *gauge { return &s.inputs }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &writingStore{Store: memory.NewStore()}
				code := taskFunc(func(*flow.Task) (flow.Result, error) {
					return flow.Result{Output: strings.Repeat("x", test.output)}, nil
				})
				worker := lean(t, store, 72, oneLarge, flow.Registry{"large": code}) // an eighth of it: 9 MB
				handleAll(t, worker, 12, `"`+strings.Repeat("y", test.input)+`"`)
				if got := test.recorded(store); got.most.Load() != test.most || got.all.Load() != 12 {
					t.Errorf("%d were recorded, %d at a time, want 12, %d at a time", got.all.Load(), got.most.Load(), test.most)
				}
			})
		})
	}
}

// Code begins if there is memory for its outcome: the largest value at first, then what
// the node has returned so far.
func TestCodeBeginsAsMemoryAllows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		bytes         int
		before, later int32
	}{
		"small outcomes": {1, 9, 24},
		"large outcomes": {mb, 9, 18},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				running := &gauge{}
				code := taskFunc(func(*flow.Task) (result flow.Result, err error) {
					running.during(func() { time.Sleep(time.Second) })
					return flow.Result{Output: strings.Repeat("x", test.bytes)}, nil
				})
				worker := lean(t, memory.NewStore(), 38, oneLarge, flow.Registry{"large": code}) // half of it: 19 MB
				for n, want := range []int32{test.before, test.later} {
					running.most.Store(0)
					var batch sync.WaitGroup
					for i := range 24 {
						batch.Go(func() {
							if err := worker.Handle(t.Context(), startOf(fmt.Sprint(n, "-", i), 1)); err != nil {
								t.Error(err)
							}
						})
					}
					batch.Wait()
					if got := running.most.Load(); got != want {
						t.Errorf("in batch %d the code ran %d times at once, want %d", n, got, want)
					}
				}
			})
		})
	}
}

// A chain whose next task has to wait for memory lets go of what it holds, and reads it
// again.
func TestChainsLetGoOfTheirValuesWhileTheyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reading := &gauge{}
		code := flow.Registry{
			"large": taskFunc(func(*flow.Task) (flow.Result, error) {
				return flow.Result{Output: strings.Repeat("x", 2*mb-100)}, nil
			}),
			"read": flow.Func(func(_ context.Context, in string) (int, error) {
				reading.during(func() { time.Sleep(time.Second) })
				return len(in), nil
			}),
		}
		store := &loadingStore{Store: memory.NewStore()}
		worker := lean(t, store, 44, // half of it: 22 MB, and a task that reads 2 MB takes 8, and 2 for its output
			`{"id":"b","nodes":[{"id":"a","uses":"large"},{"id":"r","uses":"read"}],"edges":[{"source":"a","target":"r"}]}`, code)
		handleAll(t, worker, 6, "1")
		if got := reading.most.Load(); got != 2 {
			t.Errorf("%d tasks with an input of 2 MB were in memory at a time, want 2", got)
		}
		if got := store.large.Load(); got < 3 || got > 6 {
			t.Errorf("%d inputs were read again, want those of the chains that waited", got)
		}
		for i := range 6 {
			id := fmt.Sprint("run-", i)
			run, err := store.Run(t.Context(), id)
			if err != nil || run.Status != flow.Completed || string(run.Result) != fmt.Sprint(2*mb-100) {
				t.Errorf("%s is %s with the result %s, error %v", id, run.Status, run.Result, err)
			}
		}
	})
}

// loadingStore counts the large outputs that are loaded.
type loadingStore struct {
	*memory.Store
	large atomic.Int32
}

func (s *loadingStore) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	snapshot, err := s.Store.Load(ctx, set)
	for _, task := range snapshot.Tasks {
		if len(task.Output) > mb {
			s.large.Add(1)
		}
	}
	return snapshot, err
}
