package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// story is a run of which everything is lost at some point.
type story struct {
	name      string
	blueprint string
	result    string // or the failed node
	untaken   []string
}

var stories = []story{
	{"a chain", `{"id":"s","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"c","uses":"code"}],
		"edges":[{"source":"a","target":"b"},{"source":"b","target":"c"}]}`, "1", nil},
	{"a fan-out and a join", `{"id":"s","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"c","uses":"code"},{"id":"j","uses":"code"}],
		"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"b","target":"j"},{"source":"c","target":"j"}]}`, "1", nil},
	{"a choice before a join", `{"id":"s","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"c","uses":"code"},{"id":"d","uses":"code"},{"id":"j","uses":"code"}],
		"edges":[{"source":"a","target":"b","condition":"result.output == 1"},{"source":"a","target":"c","condition":"result.output != 1"},
		{"source":"b","target":"j"},{"source":"c","target":"d"},{"source":"d","target":"j"}]}`, "1", []string{"c", "d"}},
	{"an any join and its tail", `{"id":"s","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"any","uses":"code","config":{"joinStrategy":"any"}},{"id":"z","uses":"code"}],
		"edges":[{"source":"a","target":"any"},{"source":"b","target":"any"},{"source":"any","target":"z"}]}`, "1", nil},
	{"two sinks", `{"id":"s","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"c","uses":"code"}],
		"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}`, `{"b":1,"c":1}`, nil},
	{"a retry", `{"id":"s","nodes":[{"id":"a","uses":"second time","config":{"maxRetries":2,"retryDelay":1000}},{"id":"b","uses":"code"}],
		"edges":[{"source":"a","target":"b"}]}`, "1", nil},
	{"a far retry", `{"id":"s","nodes":[{"id":"a","uses":"second time","config":{"maxRetries":2,"retryDelay":1800000}},{"id":"b","uses":"code"}],
		"edges":[{"source":"a","target":"b"}]}`, "1", nil},
	{"a fallback", `{"id":"s","nodes":[{"id":"a","uses":"never","config":{"fallback":"f"}},{"id":"f","uses":"code"},{"id":"b","uses":"code"},{"id":"g","uses":"code"}],
		"edges":[{"source":"a","target":"b"},{"source":"f","target":"g"}]}`, `{"b":1,"g":1}`, nil},
	{"a fallback at the end", `{"id":"s","nodes":[{"id":"a","uses":"never","config":{"fallback":"f"}},{"id":"f","uses":"code"}],"edges":[]}`, "1", nil},
	{"a healthy node with a fallback", `{"id":"s","nodes":[{"id":"a","uses":"code","config":{"fallback":"f"}},{"id":"f","uses":"code"},{"id":"b","uses":"code"}],
		"edges":[{"source":"a","target":"b"}]}`, "1", []string{"f"}},
	{"a failure beside a sibling", `{"id":"s","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"never"},{"id":"c","uses":"code"}],
		"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"}]}`, "failed by b", nil},
}

var storyCodes = flow.Registry{
	"code":  flow.Func(func(context.Context, any) (int, error) { return 1, nil }),
	"never": flow.Func(func(context.Context, any) (int, error) { return 0, errors.New("never") }),
	"second time": flow.TaskFunc(func(_ context.Context, task *flow.Task, _ any) (flow.Result, error) {
		if task.Attempt == 1 {
			return flow.Result{}, errors.New("not yet")
		}
		return flow.Result{Output: 1}, nil
	}),
}

// TestReconciler_brings_every_run_to_its_end loses, at every request of a
// worker, the worker and all messages for ever, and lets the reconciler go on.
func TestReconciler_brings_every_run_to_its_end(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range []fault.Kind{fault.CrashBefore, fault.CrashAfter} {
				for n := 1; ; n++ {
					v := s.world(t)
					struck := v.strike(kind, n)
					lost := v.drainUntilLost(v.start())
					what, _ := struck()
					if _, err := v.store.Run(t.Context(), v.runID); err != nil {
						continue // the run never began
					}
					v.bringToEnd(what)
					s.check(v, what)
					if !lost {
						break
					}
				}
			}
		})
	}
}

// TestReconciler_survives_its_own_faults loses a run's start, and then a
// request of the reconciler.
func TestReconciler_survives_its_own_faults(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range []fault.Kind{fault.RequestLost, fault.AnswerLost, fault.Repeated} {
				for n := 1; ; n++ {
					v := s.world(t)
					v.create()
					v.clock.pass(stalledAfter + time.Second)
					struck := v.strike(kind, n)
					if _, err := v.Tick(t.Context()); err != nil {
						t.Fatal(err)
					}
					what, more := struck()
					what = "of the reconciler: " + what
					v.queue.take() // and the messages it sent are lost as well
					v.bringToEnd(what)
					s.check(v, what)
					if !more {
						break
					}
				}
			}
		})
	}
}

func (s story) world(t *testing.T) *watch {
	t.Helper()
	return watched(setup(t, s.blueprint, storyCodes))
}

// drainUntilLost handles messages until a request fails; then all are lost.
func (v *watch) drainUntilLost(first state.Message) bool {
	v.Helper()
	for messages := []state.Message{first}; len(messages) > 0; {
		if err := v.deliver(messages[0]); err != nil {
			if !errors.Is(err, fault.ErrInjected) {
				v.Fatalf("Handle(%s) = %v", messages[0].Body, err)
			}
			v.queue.take()
			return true
		}
		messages = messages[1:]
		for _, letter := range v.queue.take() {
			messages = append(messages, letter.Message)
		}
	}
	return false
}

// bringToEnd ticks, and handles the messages sent by the tick, until the run has
// ended. A message that is held is lost, too.
func (v *watch) bringToEnd(what string) {
	v.Helper()
	v.wire.Revive()
	for range 10 {
		if v.run().Status.Terminal() {
			return
		}
		v.clock.pass(65 * time.Minute) // longer than any backoff
		if _, err := v.Tick(v.Context()); err != nil {
			v.Fatalf("%s: Tick = %v", what, err)
		}
		for sent := v.queue.take(); len(sent) > 0; sent = v.queue.take() {
			for _, letter := range sent {
				err := v.deliver(letter.Message)
				if _, held := errors.AsType[*engine.HeldError](err); err != nil && !held {
					v.Fatalf("%s: Handle(%s) = %v", what, letter.Body, err)
				}
			}
		}
	}
	v.Fatalf("%s: the run has not ended", what)
}

func (s story) check(v *watch, what string) {
	v.Helper()
	run := v.run()
	got := string(run.Result)
	if run.Error != nil {
		got = "failed by " + run.Error.NodeID
	}
	if got != s.result {
		v.Errorf("%s: the run is %s, %s, want %s", what, run.Status, got, s.result)
	}
	if run.Active || v.locks.Held() > 0 {
		v.Errorf("%s: active %t, and %d locks are left", what, run.Active, v.locks.Held())
	}
	v.staysOver(what)
	for _, node := range s.untaken {
		if n := v.started.Of(state.TaskKey{Node: node}); n > 0 {
			v.Errorf("%s: %s is on a branch not taken and started %d times", what, node, n)
		}
	}
	for _, node := range v.config.Blueprints[0].Nodes {
		most := max(node.Config.MaxRetries, 1) + 1 // one start may have been lost with its worker
		if n := v.started.Of(state.TaskKey{Node: node.ID}); n > most {
			v.Errorf("%s: %s started %d times, want %d at most", what, node.ID, n, most)
		}
	}
}

// staysOver checks that ticks change nothing of an ended run and send nothing,
// although the index still has the run.
func (v *watch) staysOver(what string) {
	v.Helper()
	before := v.run()
	v.sight.stale = []state.RunRef{{RunID: v.runID, LastUpdated: before.LastUpdated}}
	for range 3 {
		v.clock.pass(65 * time.Minute)
		v.tick(looked)
		if sent := v.queue.take(); len(sent) > 0 {
			v.Errorf("%s: a tick after the run's end sent %s", what, sent[0].Body)
		}
	}
	if diff := cmp.Diff(before, v.run()); diff != "" {
		v.Errorf("%s: a tick after its end changed the run (-before +after):\n%s", what, diff)
	}
}
