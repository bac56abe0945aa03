package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const fan3 = `{"id":"fan","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"},{"id":"d","uses":"pass"},{"id":"e","uses":"pass"}],
	"edges":[{"source":"a","target":"b"},{"source":"a","target":"c"},{"source":"a","target":"d"},{"source":"b","target":"e"}]}`

// TestWalk tests messages whose task is done and no longer leased.
func TestWalk(t *testing.T) {
	t.Parallel()
	record := func(node string, in flow.State, via state.Via, edges ...int) state.TaskRecord {
		task := done(node, edges...)
		task.State, task.Via = in, via
		return task
	}
	live := func(w *world, task state.TaskRecord) state.TaskRecord {
		task.LeaseUntil = w.clock.Now().Add(time.Second)
		return task
	}
	t.Run("sends tasks that were never started, but for one that it claims", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		w.put(done("a", 0, 1, 2))
		w.handle(w.job("a"))
		w.wantSent("c", "d", "e") // b was claimed here, and e follows from it
		w.wantStarts("b", 1)
		w.wantStarts("a", 0)
		if got := w.record("b"); got.Starts != 2 || got.Via != state.ViaInline {
			t.Errorf("b has %d starts via %q, want 2 (one of a worker that may have died), inline", got.Starts, got.Via)
		}
	})
	t.Run("that cannot send comes back, and starts nothing", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		w.put(done("a", 0, 1, 2))
		w.inject("lose the request of send")
		w.wantBack(w.job("a"))
		w.wantRequests(0, "load", "claim a", "load", "send 2 messages")
		w.wantStarts("b", 0)
	})
	t.Run("sends tasks that a dead worker left running", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		w.put(done("a", 0, 1, 2))
		w.put(record("b", flow.TaskRunning, state.ViaInline))
		w.put(record("c", flow.TaskRunning, state.ViaMessage))
		w.put(record("d", flow.TaskDone, state.ViaMessage))
		w.handle(w.job("a"))
		w.wantSent("c", "e")
		w.wantStarts("b", 1)
	})
	t.Run("leaves a task with its own message to that message", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		w.put(done("a", 0, 1, 2))
		w.put(live(w, record("b", flow.TaskDone, state.ViaMessage, 3)))
		w.put(live(w, record("c", flow.TaskFailed, state.ViaMessage)))
		w.put(record("d", flow.TaskDone, state.ViaMessage))
		w.handle(w.job("a"))
		w.wantSent()
		w.wantStarts("e", 0)
	})
	t.Run("leaves a waiting task alone", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		w.put(done("a", 0, 1, 2))
		for _, node := range []string{"b", "c", "d"} {
			w.put(inState(node, flow.TaskWaiting))
		}
		w.handle(w.job("a"))
		w.wantSent()
	})
	t.Run("goes on through tasks done inline", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		w.put(done("a", 0, 1, 2))
		w.put(done("b", 3))
		w.put(record("c", flow.TaskDone, state.ViaMessage))
		w.put(record("d", flow.TaskDone, state.ViaMessage))
		w.handle(w.job("a"))
		w.wantSent()
		w.wantStarts("e", 1)
	})
	for _, in := range []flow.State{flow.TaskRunning, flow.TaskDone, flow.TaskFailed} {
		t.Run("is held by a successor that is live inline and "+string(in), func(t *testing.T) {
			t.Parallel()
			w := setup(t, fan3, nil)
			w.create()
			w.put(done("a", 0, 1, 2))
			w.put(live(w, record("c", in, state.ViaInline)))
			w.wantHeld(w.job("a"), w.clock.Now().Add(time.Second))
			w.wantStarts("b", 0)
			w.wantSent()
		})
	}
	t.Run("is held by a successor that runs under its own message", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		w.put(done("a", 0, 1, 2))
		w.put(live(w, record("c", flow.TaskRunning, state.ViaMessage)))
		w.wantHeld(w.job("a"), w.clock.Now().Add(time.Second))
	})
	t.Run("from a failed task ends the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, fan3, nil)
		w.create()
		task := record("a", flow.TaskFailed, state.ViaMessage)
		task.Error = &flow.Failure{Code: "stock", NodeID: "a", Attempt: 2, Message: "none left"}
		w.put(task)
		w.handle(w.job("a"))
		w.wantRun(flow.Failed)
		if got := w.run().Error; got.Code != "stock" || got.Attempt != 2 {
			t.Errorf("the error is %+v, want the recorded one", got)
		}
	})
	t.Run("from a failed task leads to its fallback alone", func(t *testing.T) {
		t.Parallel()
		w := setup(t, choice, nil)
		w.create()
		w.put(done("a", 0))
		task := record("b", flow.TaskFailed, state.ViaMessage)
		task.Error = &flow.Failure{Code: "stock"}
		w.put(task)
		if _, err := w.store.Arrive(t.Context(), state.Arrival{RunID: w.runID, Join: state.JoinKey{TaskKey: state.TaskKey{Node: "j"}}, Arrived: []int{1}}); err != nil {
			t.Fatal(err)
		}
		w.handle(w.job("b"))
		w.wantStarts("f", 1)
		w.drain()
		w.wantRun(flow.Completed)
		w.wantStates(map[string]flow.State{"b": flow.TaskFailed, "f": flow.TaskDone, "j": flow.TaskDone, "k": flow.TaskDone})
	})
	t.Run("does not send an untaken branch", func(t *testing.T) {
		t.Parallel()
		w := setup(t, choice, nil)
		w.create()
		w.put(done("a", 0))
		w.handle(w.job("a"))
		w.drain()
		w.wantRun(flow.Completed)
		w.wantStarts("c", 0)
	})
	t.Run("goes by the record, not by the conditions' results now", func(t *testing.T) {
		t.Parallel()
		w := setup(t, choice, nil)
		w.create()
		w.put(done("a", 1), state.ContextWrite{Key: "x", ContextValue: state.ContextValue{Value: []byte(`1`)}})
		w.handle(w.job("a"))
		w.wantStarts("c", 1)
		w.wantStarts("b", 0)
	})
}

// diamonds is a chain of n diamonds: s0 forks to l0 and r0, which join in s1, …
func diamonds(n int) string {
	nodes, edges := []string{`{"id":"s0","uses":"pass"}`}, []string{}
	for i := range n {
		nodes = append(nodes, fmt.Sprintf(`{"id":"l%d","uses":"pass"},{"id":"r%d","uses":"pass"},{"id":"s%d","uses":"pass"}`, i, i, i+1))
		for _, side := range []string{"l", "r"} {
			edges = append(edges, fmt.Sprintf(`{"source":"s%d","target":"%s%d"},{"source":"%s%d","target":"s%d"}`, i, side, i, side, i, i+1))
		}
	}
	return fmt.Sprintf(`{"id":"diamonds","nodes":[%s],"edges":[%s]}`, strings.Join(nodes, ","), strings.Join(edges, ","))
}

// A head that comes back after a crash at the end costs reads along its own chain,
// and never a flood of messages.
func TestRedeliveryBehindManyDiamondsIsLinear(t *testing.T) {
	t.Parallel()
	const n = 10
	t.Run("after a run of its own", func(t *testing.T) {
		t.Parallel()
		w := setup(t, diamonds(n), nil)
		start := w.start()
		var all []state.Message
		for todo := []state.Message{start}; len(todo) > 0; todo = todo[1:] {
			all = append(all, todo[0])
			w.handle(todo[0])
			for _, letter := range w.queue.take() {
				todo = append(todo, letter.Message)
			}
		}
		w.wantRun(flow.Completed)
		w.reopen()
		w.clock.pass(lease)
		mark := w.count()
		sent := 0
		for _, m := range all {
			w.handle(again(m))
			sent += len(w.queue.take())
		}
		if sent > 0 {
			t.Errorf("%d redelivered messages of finished work caused %d new ones", len(all), sent)
		}
		if got := w.count() - mark; got > 30*n {
			t.Errorf("%d redelivered messages caused %d requests", len(all), got)
		}
		w.wantRun(flow.Completed)
	})
	t.Run("whose tasks were all done inline", func(t *testing.T) {
		t.Parallel()
		w := setup(t, diamonds(n), nil)
		w.create()
		for i, node := range w.config.Blueprints[0].Nodes {
			task := done(node.ID)
			for e, edge := range w.config.Blueprints[0].Edges {
				if edge.Source == node.ID {
					task.Edges = append(task.Edges, state.TakenEdge{Index: e})
				}
			}
			if i < len(w.config.Blueprints[0].Nodes)-1 {
				w.put(task) // all but the last join
			}
		}
		for i := range n { // as they arrived when they were done
			arrival := state.Arrival{RunID: w.runID, Join: state.JoinKey{TaskKey: state.TaskKey{Node: fmt.Sprintf("s%d", i+1)}}, Arrived: []int{0, 1}, Taken: []int{0, 1}}
			if _, err := w.store.Arrive(t.Context(), arrival); err != nil {
				t.Fatal(err)
			}
		}
		mark := w.count()
		w.handle(w.job("s0"))
		if got := w.count() - mark; got > 10*n {
			t.Errorf("the walk made %d requests, want a few per diamond", got)
		}
		if sent := w.queue.take(); len(sent) > 0 {
			t.Errorf("%d messages were sent for one task that was not done", len(sent))
		}
		w.wantStarts(fmt.Sprintf("s%d", n), 1)
		w.wantRun(flow.Completed)
	})
}

// reopen makes the run look as if its end was never written.
func (w *world) reopen() {
	w.Helper()
	change := state.RunChange{RunID: w.runID, Finish: &state.Finish{Status: flow.Running}}
	if _, err := w.store.Commit(w.Context(), state.Transition{Run: &change}); err != nil {
		w.Fatal(err)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	anyJoin := strings.Replace(twoStarts, `{"id":"c","uses":"pass"}`, `{"id":"c","uses":"pass","config":{"joinStrategy":"any"}}`, 1)
	t.Run("is fired again by every arrival that sees it complete", func(t *testing.T) {
		t.Parallel()
		w := setup(t, twoStarts, nil)
		w.create()
		w.handle(w.job("a"))
		w.inject("crash before claim c")
		w.wantBack(w.job("b"))
		w.wantStarts("c", 0)
		w.clock.pass(lease)
		w.handle(again(w.job("a"))) // the other arrival repairs it
		w.wantStarts("c", 1)
		w.wantRun(flow.Completed)
		w.handle(again(w.job("b")))
	})
	t.Run("waits for every source", func(t *testing.T) {
		t.Parallel()
		w := setup(t, twoStarts, nil)
		w.create()
		w.handle(w.job("a"))
		w.clock.pass(lease)
		for range 3 {
			w.handle(again(w.job("a")))
		}
		w.wantStarts("c", 0)
		w.wantSent()
		w.wantRun(flow.Running)
	})
	t.Run("of any is fired by its first source alone", func(t *testing.T) {
		t.Parallel()
		w := setup(t, anyJoin, nil)
		w.create()
		w.inject("crash before claim c")
		w.wantBack(w.job("a"))
		w.handle(w.job("b"))
		w.wantStarts("c", 0)
		w.wantSent()
		w.clock.pass(lease)
		w.handle(again(w.job("b")))
		w.wantStarts("c", 0)
		w.handle(again(w.job("a")))
		w.wantStarts("c", 1)
		w.drain()
		w.wantRun(flow.Completed)
	})
	t.Run("of any keeps the source that it was claimed with", func(t *testing.T) {
		t.Parallel()
		w := setup(t, anyJoin, nil)
		w.create()
		task := inState("c", flow.TaskRunning)
		task.FiredBy = "b"
		w.put(task)
		for _, source := range []string{"a", "b"} {
			edge := map[string]int{"a": 0, "b": 1}[source]
			record := done(source, edge)
			record.Output = []byte(`"` + source + `"`)
			w.put(record)
		}
		if _, err := w.store.Arrive(t.Context(), state.Arrival{RunID: w.runID, Join: state.JoinKey{TaskKey: state.TaskKey{Node: "c"}}, Arrived: []int{0}, Taken: []int{0}, First: "a"}); err != nil {
			t.Fatal(err)
		}
		w.handle(w.job("c"))
		if got := string(w.record("c").Output); got != `"b"` {
			t.Errorf("the join's value is %s, want that of its first claim", got)
		}
	})
	t.Run("of any that was sent knows its first source", func(t *testing.T) {
		t.Parallel()
		w := setup(t, anyJoin, nil)
		w.create()
		for source, edge := range map[string]int{"a": 0, "b": 1} {
			record := done(source, edge)
			record.Output = []byte(`"` + source + `"`)
			w.put(record)
		}
		if _, err := w.store.Arrive(t.Context(), state.Arrival{RunID: w.runID, Join: state.JoinKey{TaskKey: state.TaskKey{Node: "c"}}, Arrived: []int{1}, Taken: []int{1}, First: "b"}); err != nil {
			t.Fatal(err)
		}
		w.handle(w.job("c"))
		if got := w.record("c"); string(got.Output) != `"b"` || got.FiredBy != "b" {
			t.Errorf("the join has %s from %q, want b's", got.Output, got.FiredBy)
		}
	})
	t.Run("nothing is acknowledged before the arrival", func(t *testing.T) {
		t.Parallel()
		w := setup(t, twoStarts, nil)
		w.create()
		w.inject("lose the request of arrive at c")
		w.wantBack(w.job("a"))
	})
}

func TestSuccessorsAreSentBeforeTheMessageIsAcknowledged(t *testing.T) {
	t.Parallel()
	w := setup(t, fan3, nil)
	w.create()
	w.inject("lose the request of send")
	w.wantBack(w.job("a"))
	w.wantSent()
	w.wantStarts("b", 0) // not before the others are sent
}
