package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// value returns a context key's stored value; "" if there is none.
func (w *world) value(key string) string {
	w.Helper()
	found, err := w.store.Load(w.Context(), state.ReadSet{RunID: w.runID, Keys: []string{key}})
	if err != nil {
		w.Fatal(err)
	}
	return string(found.Values[key].Value)
}

func TestContextWrite(t *testing.T) {
	t.Parallel()
	const blueprint = `{"id":"b","nodes":[{"id":"a","uses":"write"},{"id":"b","uses":"pass"}],"edges":[{"source":"a","target":"b"}]}`
	newer := state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: json.RawMessage(`"newer"`)}}
	t.Run("is not seen before its node's outcome", func(t *testing.T) {
		t.Parallel()
		var w *world
		seen := "?"
		w = setup(t, blueprint, flow.Registry{"write": taskFunc(func(task *flow.Task) (flow.Result, error) {
			err := errors.Join(task.Set("k", "first"), task.Set("k", "second"))
			seen = w.value("k")
			return flow.Result{}, err
		})})
		w.handle(w.start())
		if seen != "" || w.value("k") != `"second"` {
			t.Errorf("k was %q while the node ran and is %s after it, want nothing and second", seen, w.value("k"))
		}
	})
	t.Run("is not made again over a newer one", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"write"},{"id":"b","uses":"fail","config":{"maxRetries":2,"retryDelay":600000}}],"edges":[{"source":"a","target":"b"}]}`,
			flow.Registry{"write": taskFunc(func(task *flow.Task) (flow.Result, error) {
				return flow.Result{}, task.Set("k", "older")
			})})
		start := w.start()
		w.handle(start)
		w.wantStates(map[string]flow.State{"a": flow.TaskDone, "b": flow.TaskRetrying})
		w.put(inState("elsewhere", flow.TaskDone), newer)
		w.clock.pass(lease + time.Second)
		w.handle(again(start))
		w.handle(again(w.job("a")))
		if got := w.value("k"); got != `"newer"` {
			t.Errorf("k is %s after the messages came again, want newer", got)
		}
		w.wantStarts("a", 1)
	})
	t.Run("of a result that came too late is dropped", func(t *testing.T) {
		t.Parallel()
		var w *world
		w = setup(t, blueprint, flow.Registry{"write": taskFunc(func(task *flow.Task) (flow.Result, error) {
			w.put(done("a", 0), newer) // another worker is faster
			return flow.Result{}, task.Set("k", "late")
		})})
		w.handle(w.start())
		if got := w.value("k"); got != `"newer"` {
			t.Errorf("k is %s, want that of the outcome that stands", got)
		}
	})
}

// Workers and runs share a blueprint: a run's decisions must not change it.
func TestRunsDoNotChangeTheirBlueprint(t *testing.T) {
	t.Parallel()
	b := parse(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"pass","inputs":"a","config":{"maxRetries":3,"fallback":"f"}},{"id":"f","uses":"pass"},{"id":"d","uses":"pass","inputs":{"v":"c"}}],
		"edges":[{"source":"a","target":"c","transform":"{deep: input.n}"},{"source":"c","target":"d","transform":"input.deep"}]}`)
	before, err := b.Body()
	if err != nil {
		t.Fatal(err)
	}
	store, queue := memory.NewStore(), memory.NewQueue()
	worker, err := engine.New(store, queue, nil, engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		id := fmt.Sprint("run-", n)
		if _, err := client.New(queue, store).Start(t.Context(), "b", map[string]int{"n": n}, client.WithRunID(id)); err != nil {
			t.Fatal(err)
		}
		run, err := memory.Finish(t.Context(), store, queue, worker, id)
		if want := fmt.Sprintf(`{"v":{"deep":%d}}`, n); err != nil || string(run.Result) != want {
			t.Errorf("run %d: the result is %s, %v, want %s", n, run.Result, err, want)
		}
	}
	if after, err := b.Body(); err != nil || string(after) != string(before) {
		t.Errorf("the blueprint became %s, %v\nit was %s", after, err, before)
	}
}

// The first error is reported with all its causes: to readers of the run, to its
// caller, and to a fallback.
func TestFailureKeepsItsCauses(t *testing.T) {
	t.Parallel()
	refused := errors.New("connection refused")
	node := taskFunc(func(task *flow.Task) (flow.Result, error) {
		err := fmt.Errorf("reserve: %w", fmt.Errorf("query stock of attempt %d: %w", task.Attempt, errors.Join(refused, errors.New("and more"))))
		return flow.Result{}, flow.WithCode(err, "stock")
	})
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"node","config":{"maxRetries":2}}],"edges":[{"source":"a","target":"c"}]}`, flow.Registry{"node": node})
	w.handle(w.start())
	w.drain()
	want := &flow.Failure{
		Code: "stock", NodeID: "c", Attempt: 2, Message: "reserve: query stock of attempt 2: connection refused\nand more",
		Cause: []string{"query stock of attempt 2: connection refused\nand more", "connection refused\nand more", "connection refused"},
	}
	if diff := cmp.Diff(want, w.run().Error); diff != "" {
		t.Errorf("the run's error (-want +got):\n%s", diff)
	}
	var last error
	for err := w.run().Error.Err(w.runID); err != nil; err = errors.Unwrap(err) {
		last = err
	}
	if last.Error() != refused.Error() {
		t.Errorf("the error's innermost cause is %q, want %q", last, refused)
	}
	failed := w.events.all[len(w.events.all)-1]
	if failed.Kind != flow.RunFailed || failed.NodeID != "c" || failed.Attempt != 2 || !strings.Contains(failed.Err.Error(), "connection refused") {
		t.Errorf("the last event is %+v, want the run's failure with node, attempt and cause", failed)
	}
}

// A value without a JSON form cannot be stored: the node fails permanently, and
// nothing of it is kept.
func TestValueWithoutJSONFailsItsNode(t *testing.T) {
	t.Parallel()
	loop := map[string]any{}
	loop["self"] = loop
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinity": []float64{math.Inf(1)}, "a channel": make(chan int), "a function": func() {},
		"a loop": loop, "a key that is no text": map[bool]int{true: 1}, "raw text that is no JSON": json.RawMessage(`{"a":`),
	} {
		for how, code := range map[string]flow.Handler{
			"as output": taskFunc(func(task *flow.Task) (flow.Result, error) {
				return flow.Result{Output: value}, task.Set("other", 1)
			}),
			"as context key": taskFunc(func(task *flow.Task) (flow.Result, error) {
				return flow.Result{Output: 1}, errors.Join(task.Set("other", 1), flow.Permanent(task.Set("key", value)))
			}),
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"node","config":{"maxRetries":3}}]}`, flow.Registry{"node": code})
				w.handle(w.start())
				w.drain()
				w.wantRun(flow.Failed)
				w.wantStarts("a", 1)
				if failure := w.run().Error; failure.NodeID != "a" || !strings.Contains(failure.Message, "encode") {
					t.Errorf("the run's error is %+v, want that a's value could not be encoded", failure)
				}
				if got := w.value("other"); got != "" {
					t.Errorf("another key was written: %s", got)
				}
			})
		}
	}
	t.Run("a time has one", func(t *testing.T) {
		t.Parallel()
		at := time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"node"}]}`, flow.Registry{"node": taskFunc(func(task *flow.Task) (flow.Result, error) {
			return flow.Result{Output: at}, nil
		})})
		w.handle(w.start())
		if got := string(w.run().Result); got != `"2026-04-05T06:07:08Z"` {
			t.Errorf("the result is %s", got)
		}
	})
	t.Run("raw text that is no UTF-8 is made so", func(t *testing.T) {
		t.Parallel()
		w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"node"}]}`, flow.Registry{"node": taskFunc(func(task *flow.Task) (flow.Result, error) {
			raw := json.RawMessage("{\"k\":\"\xff\"}")
			return flow.Result{Output: raw}, task.Set("key", raw)
		})})
		w.handle(w.start())
		want := `{"k":"` + "\uFFFD" + `"}`
		if got := string(w.run().Result); got != want {
			t.Errorf("the result is %q, want %q", got, want)
		}
		if got := w.value("key"); got != want {
			t.Errorf("the context key is %q, want %q", got, want)
		}
	})
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	note := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, text)
	}
	wrap := func(name string) flow.Middleware {
		return func(next flow.Handler) flow.Handler {
			return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
				note(fmt.Sprintf("%s before %s.%d", name, task.NodeID, task.Attempt))
				result, err := next.Handle(ctx, task)
				note(fmt.Sprintf("%s after %v", name, err))
				result.Output, result.Action = fmt.Sprint(result.Output, name), "go"
				return result, err
			})
		}
	}
	instead := func(next flow.Handler) flow.Handler {
		return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
			if task.NodeID == "c" {
				return flow.Result{Output: "instead"}, nil
			}
			return next.Handle(ctx, task)
		})
	}
	code := taskFunc(func(task *flow.Task) (flow.Result, error) {
		note("code of " + task.NodeID)
		if task.Attempt == 1 {
			return flow.Result{}, errBusy
		}
		return flow.Result{Output: "code"}, nil
	})
	w := setup(t, `{"id":"b","nodes":[{"id":"a","uses":"code","config":{"maxRetries":2}},{"id":"c","uses":"code"}],"edges":[{"source":"a","target":"c","action":"go"}]}`,
		flow.Registry{"code": code}, func(c *engine.Config) { c.Middleware = []flow.Middleware{wrap("1"), wrap("2"), instead} })
	w.handle(w.start())
	w.drain()
	if got := string(w.run().Result); got != `"instead21"` {
		t.Errorf("the result is %s, want the middleware's result", got)
	}
	want := []string{
		"1 before a.1", "2 before a.1", "code of a", "2 after busy", "1 after busy",
		"1 before a.2", "2 before a.2", "code of a", "2 after <nil>", "1 after <nil>",
		"1 before c.1", "2 before c.1", "2 after <nil>", "1 after <nil>",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
