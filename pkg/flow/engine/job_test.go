package engine_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// choice has two branches: a leads to b or c, which meet in j; f stands in for b, and g for c.
const choice = `{"id":"choice","nodes":[
	{"id":"a","uses":"pass"},{"id":"b","uses":"pass","config":{"fallback":"f"}},{"id":"c","uses":"pass"},{"id":"f","uses":"pass"},{"id":"j","uses":"pass"},{"id":"k","uses":"pass"}],
	"edges":[{"source":"a","target":"b","condition":"x == 1"},{"source":"a","target":"c","condition":"x == 2"},
	{"source":"b","target":"j"},{"source":"c","target":"j"},{"source":"j","target":"k"}]}`

func TestJobThatNothingLedToIsRejected(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stored []state.TaskRecord
		node   string
		change func(*flow.MessageBody)
	}{
		"an untaken branch":                {stored: []state.TaskRecord{done("a", 0)}, node: "c"},
		"before its predecessor":           {node: "b"},
		"while its predecessor runs":       {stored: []state.TaskRecord{inState("a", flow.TaskRunning)}, node: "b"},
		"while its predecessor retries":    {stored: []state.TaskRecord{inState("a", flow.TaskRetrying)}, node: "b"},
		"behind a failed predecessor":      {stored: []state.TaskRecord{done("a", 0), inState("b", flow.TaskFailed)}, node: "j"},
		"a join that no edge reached":      {stored: []state.TaskRecord{done("a", 0), done("b")}, node: "j"},
		"an unused fallback":               {stored: []state.TaskRecord{done("a", 0), done("b", 2)}, node: "f"},
		"a fallback before the failure":    {stored: []state.TaskRecord{done("a", 0)}, node: "f"},
		"a fallback while its node runs":   {stored: []state.TaskRecord{done("a", 0), inState("b", flow.TaskRunning)}, node: "f"},
		"a node that is not there":         {node: "z"},
		"a scope that is not there":        {node: "a", change: func(b *flow.MessageBody) { b.Scope = "ctl.3" }},
		"a node of another blueprint":      {node: "z", change: func(b *flow.MessageBody) { b.BlueprintID = "another" }},
		"a run that does not exist":        {node: "a", change: func(b *flow.MessageBody) { b.RunID = "another" }},
		"a run and blueprint not there":    {node: "a", change: func(b *flow.MessageBody) { b.RunID, b.BlueprintID = "another", "other" }},
		"a run's name in another spelling": {node: "a", change: func(b *flow.MessageBody) { b.RunID = "Run" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, choice, nil)
			w.create()
			for _, task := range test.stored {
				w.put(task)
			}
			if test.change == nil {
				test.change = func(*flow.MessageBody) {}
			}
			w.wantRejected(w.job(test.node, test.change))
			w.wantRejected(onReceive(w.job(test.node, test.change), 5))
			w.wantStarts(test.node, 0)
			w.wantSent()
			w.wantRun(flow.Running)
		})
	}
}

func TestJobThatWasLedToRuns(t *testing.T) {
	t.Parallel()
	failed := inState("b", flow.TaskFailed)
	failed.Error = &flow.Failure{Code: "error", NodeID: "b", Attempt: 1}
	for name, test := range map[string]struct {
		stored []state.TaskRecord
		node   string
	}{
		"a start node":                           {node: "a"},
		"a taken branch":                         {stored: []state.TaskRecord{done("a", 0)}, node: "b"},
		"a join with one taken edge":             {stored: []state.TaskRecord{done("a", 0), done("b", 2)}, node: "j"},
		"the fallback of a failed node":          {stored: []state.TaskRecord{done("a", 0), failed}, node: "f"},
		"a join behind a failed node's fallback": {stored: []state.TaskRecord{done("a", 0), failed, done("f", 2)}, node: "j"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, choice, nil)
			w.create()
			for _, task := range test.stored {
				w.put(task)
			}
			w.handle(w.job(test.node))
			w.wantStarts(test.node, 1)
			if got := w.record(test.node); got.State != flow.TaskDone || got.Via != state.ViaMessage {
				t.Errorf("the node is %s via %q, want done via its message", got.State, got.Via)
			}
		})
	}
}

func TestJobOfATerminalRunIsAcknowledged(t *testing.T) {
	t.Parallel()
	for _, status := range []flow.Status{flow.Completed, flow.Failed, flow.Cancelled} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			w := setup(t, choice, nil)
			w.create(func(r *state.Run) { r.Status, r.Active, r.LastUpdated = status, false, r.LastUpdated.Add(-time.Hour) })
			w.put(done("a", 0))
			for _, node := range []string{"b", "c", "z"} { // also if it could not run anyway
				w.handle(w.job(node))
				w.handle(onReceive(w.job(node), 5))
			}
			w.wantStarts("b", 0)
			w.wantSent()
			if run := w.run(); run.Active {
				t.Error("the terminal run became active again")
			}
		})
	}
}

func TestTouch(t *testing.T) {
	t.Parallel()
	quarter := 5 * time.Minute / 4
	for name, test := range map[string]struct {
		change  func(*state.Run)
		touches bool
	}{
		"not when it is young":        {func(r *state.Run) { r.LastUpdated = r.LastUpdated.Add(-quarter) }, false},
		"older than a quarter":        {func(r *state.Run) { r.LastUpdated = r.LastUpdated.Add(-quarter - time.Second) }, true},
		"when the run was rescued":    {func(r *state.Run) { r.Rescues = 2 }, true},
		"when it is out of the index": {func(r *state.Run) { r.Active = false }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, choice, nil)
			w.create(test.change)
			w.inject("crash before commit a")
			w.wantBack(w.job("a"))
			touched := w.requests(0)[1] == "touch run"
			if touched != test.touches {
				t.Errorf("the requests were %q, want a touch before the claim: %t", w.requests(0), test.touches)
			}
			if run := w.run(); test.touches && (!run.LastUpdated.Equal(w.clock.Now()) || run.Rescues != 0 || !run.Active) {
				t.Errorf("after the touch the run is %+v", run)
			}
		})
	}
	t.Run("a run that ended in between comes back and is acknowledged", func(t *testing.T) {
		t.Parallel()
		w := setup(t, choice, nil)
		w.create(func(r *state.Run) { r.Rescues = 1 })
		w.wire.Before("touch run", w.cancel)
		w.wantBack(w.job("a"))
		w.wantStarts("a", 0)
		if run := w.run(); run.Active {
			t.Error("the touch put a cancelled run into the index")
		}
		w.handle(w.job("a"))
	})
}

func TestPinnedBlueprint(t *testing.T) {
	t.Parallel()
	const older = `{"id":"bp","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"old","uses":"pass","params":{"output":"old"}}],
		"edges":[{"source":"a","target":"b"},{"source":"a","target":"old"}]}`
	const newer = `{"id":"bp","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass","params":{"output":"new"}},{"id":"new","uses":"pass"}],
		"edges":[{"source":"a","target":"b"},{"source":"b","target":"new"}]}`
	t.Run("a newer worker ends an old run with the old graph", func(t *testing.T) {
		t.Parallel()
		w := setup(t, older, nil)
		start := w.start()
		w.inject("lose the request of send")
		w.wantBack(start)
		w.engine = w.newEngine(nil, func(c *engine.Config) { c.Blueprints = []*flow.Blueprint{parse(t, newer)} })
		w.clock.pass(lease + time.Second)
		w.handle(again(start))
		w.drain()
		w.wantRun(flow.Completed)
		w.wantStates(map[string]flow.State{"a": flow.TaskDone, "b": flow.TaskDone, "old": flow.TaskDone, "new": ""})
		if got := string(w.record("b").Output); got != `{"x":1}` {
			t.Errorf("b's output is %s, want the old node's", got)
		}
		if got, want := string(w.run().Result), `{"b":{"x":1},"old":"old"}`; got != want {
			t.Errorf("the result is %s, want %s", got, want)
		}
	})
	t.Run("a worker without the blueprint ends its runs", func(t *testing.T) {
		t.Parallel()
		w := setup(t, older, nil)
		w.handle(w.start())
		w.engine = w.newEngine(nil, func(c *engine.Config) { c.Blueprints = nil })
		w.drain()
		w.wantRun(flow.Completed)
	})
	t.Run("two workers with different blueprints start their own", func(t *testing.T) {
		t.Parallel()
		w := setup(t, older, nil)
		other := w.newEngine(nil, func(c *engine.Config) {
			c.Blueprints = []*flow.Blueprint{parse(t, strings.Replace(newer, `"bp"`, `"other"`, 1))}
		})
		start := w.start()
		if err := other.Handle(t.Context(), start); err != nil {
			t.Errorf("the worker without the blueprint answers the start with %v, want it sent again", err)
		}
		w.handle(w.takeOne().Message)
		for sent := w.queue.take(); len(sent) > 0; sent = w.queue.take() {
			for _, letter := range sent {
				if err := other.Handle(t.Context(), letter.Message); err != nil {
					t.Errorf("the other worker: %v", err)
				}
			}
		}
		w.wantRun(flow.Completed)
	})
	t.Run("a job of an old node is rejected by the new graph only", func(t *testing.T) {
		t.Parallel()
		w := setup(t, older, nil)
		w.create()
		w.put(done("a", 0, 1))
		w.engine = w.newEngine(nil, func(c *engine.Config) { c.Blueprints = []*flow.Blueprint{parse(t, newer)} })
		w.wantRejected(w.job("new"))
		w.handle(w.job("old"))
		w.wantStarts("old", 1)
	})
}

func TestMissingBlueprintBodyIsReturned(t *testing.T) {
	t.Parallel()
	w := setup(t, choice, nil)
	w.create(func(r *state.Run) { r.BlueprintHash = "lost" })
	w.wantBack(w.job("a"))
	w.wantRejected(onReceive(w.job("a"), 5)) // the queue takes it: no worker can run it
	w.wantSent()
}

func TestIdempotencyKeyIsTheSameForAllAttempts(t *testing.T) {
	t.Parallel()
	var keys []string
	w := setup(t, `{"id":"b","nodes":[{"id":"a/1","uses":"key","config":{"maxRetries":3}}]}`, flow.Registry{"key": taskFunc(func(task *flow.Task) (flow.Result, error) {
		keys = append(keys, task.Key)
		if task.Attempt < 3 {
			return flow.Result{}, errBusy
		}
		return flow.Result{Output: json.RawMessage(`1`)}, nil
	})})
	w.handle(w.start())
	w.drain()
	if got := strings.Join(keys, " "); got != "run/a%2F1 run/a%2F1 run/a%2F1" {
		t.Errorf("the keys were %s", got)
	}
}
