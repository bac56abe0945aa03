package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

const twoStarts = `{"id":"two","nodes":[{"id":"a","uses":"pass"},{"id":"b","uses":"pass"},{"id":"c","uses":"pass"}],
	"edges":[{"source":"a","target":"c"},{"source":"b","target":"c"}]}`

func TestStart(t *testing.T) {
	t.Parallel()
	t.Run("makes the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, strings.Replace(chain3, `{"id":"chain",`, `{"id":"chain","metadata":{"version":"7"},`, 1), nil)
		start := w.start(client.WithTenant("t1"))
		w.inject("crash before commit a")
		w.wantBack(start)
		hash, err := w.config.Blueprints[0].Hash()
		if err != nil {
			t.Fatal(err)
		}
		now := w.clock.Now()
		got := w.run()
		want := state.Run{ID: "run", BlueprintID: "chain", BlueprintVersion: "7", BlueprintHash: hash, Tenant: "t1", Status: flow.Running,
			StartedAt: now, LastUpdated: now, Active: got.Active, StartMessageID: "m-1", StartOwner: got.StartOwner, StartLeaseUntil: now.Add(lease),
			InputHash: got.InputHash, Format: state.Format, EndsBy: now.Add(30 * 24 * time.Hour), Expires: now.Add((30 + 90 + 7) * 24 * time.Hour)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("run (-want +got):\n%s", diff)
		}
		if !got.Active || got.StartOwner == "" || len(got.InputHash) != 64 {
			t.Errorf("active %t, owner %q, input hash %q", got.Active, got.StartOwner, got.InputHash)
		}
	})
	t.Run("again is held while its lease lives, then walks", func(t *testing.T) {
		t.Parallel()
		w := setup(t, twoStarts, nil)
		start := w.start()
		w.inject("lose the request of send")
		w.wantBack(start)
		until := w.clock.Now().Add(lease)
		w.wantHeld(start, until) // a duplicate
		w.wantHeld(again(start), until)
		w.clock.pass(lease)
		w.handle(again(start))
		w.wantSent("b") // a was claimed by the walk
		w.wantStarts("a", 1)
		if got := w.record("a"); got.Via != state.ViaInline || got.Starts != 2 {
			t.Errorf("a's record is %+v, want claimed inline", got)
		}
		if got := w.run(); !got.StartLeaseUntil.Equal(w.clock.Now().Add(lease)) || !got.LastUpdated.Equal(w.clock.Now()) {
			t.Errorf("the start is leased until %s, touched at %s, want the lease taken over and a touch now", got.StartLeaseUntil, got.LastUpdated)
		}
		w.wantHeld(start, w.clock.Now().Add(lease))
	})
	t.Run("again walks to the end of the done tasks and finishes the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		start := w.start()
		w.inject("lose the request of finish run")
		w.wantBack(start)
		w.wantStates(map[string]flow.State{"a": flow.TaskDone, "b": flow.TaskDone, "c": flow.TaskDone})
		w.clock.pass(lease)
		w.handle(again(start))
		w.wantSent()
		for _, node := range []string{"a", "b", "c"} {
			w.wantStarts(node, 1)
		}
		w.wantRun(flow.Completed)
	})
	t.Run("again is held by a live task that it walks to", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		start := w.start()
		w.create(func(r *state.Run) { r.StartMessageID = start.ID })
		w.put(done("a", 0))
		task := inState("b", flow.TaskRunning)
		task.LeaseUntil = w.clock.Now().Add(time.Second)
		w.put(task)
		w.wantHeld(again(start), task.LeaseUntil)
	})
	t.Run("by another message is ignored, and says why", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		first, second := w.start(), w.start()
		w.handle(first)
		w.handle(second)
		w.handle(again(second))
		w.wantStarts("a", 1)
		if got := w.events.texts()[len(w.events.all)-1]; got != "start ignored" {
			t.Errorf("the last event is %q, want start ignored", got)
		}
	})
	t.Run("by another message is ignored even when the first died", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		first, second := w.start(), w.start()
		w.inject("crash before commit a")
		w.wantBack(first)
		w.clock.pass(time.Hour)
		w.handle(second)
		w.wantStarts("b", 0)
		w.handle(again(first))
		w.drain()
		w.wantRun(flow.Completed)
	})
	t.Run("of a run that ended is acknowledged", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		start := w.start()
		w.handle(start)
		w.wantRun(flow.Completed)
		w.handle(again(start))
		w.clock.pass(time.Hour)
		w.handle(again(start))
		w.wantStarts("a", 1)
		w.wantSent()
	})
	t.Run("whose response was lost is its own", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.inject("repeat create run")
		w.handle(w.start())
		w.wantRun(flow.Completed)
	})
	t.Run("without run id takes the message's, the first one's", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		w.runID = "9d4e6c2e-first"
		m := state.Message{ID: w.runID, Body: `{"type":"start","blueprintId":"chain"}`, Receives: 5}
		w.handle(m) // the last receive: it is sent again
		sent := w.takeOne()
		w.handle(sent.Message)
		w.wantRun(flow.Completed)
		if got := w.run().StartMessageID; got != w.runID {
			t.Errorf("the run was started by %q, want the first message's id", got)
		}
	})
	t.Run("that was taken over by a duplicate in between comes back", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		start := w.start()
		w.create(func(r *state.Run) { r.StartMessageID = start.ID })
		w.wire.Before("take over run", func() {
			change := state.RunChange{RunID: w.runID, StartOwner: "duplicate", StartLeaseUntil: w.clock.Now().Add(lease)}
			if _, err := w.store.Commit(t.Context(), state.Transition{Run: &change}); err != nil {
				t.Fatal(err)
			}
		})
		w.wantBack(again(start))
		w.wantStarts("a", 0)
		w.wantHeld(again(start), w.clock.Now().Add(lease))
	})
	t.Run("of a blueprint that was taken away goes on with the run that it has started", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		start, other := w.start(), w.start()
		w.inject("crash before commit a")
		w.wantBack(start)
		w.engine = w.newEngine(nil, func(c *engine.Config) { c.Blueprints = nil })
		w.wantHeld(again(start), w.clock.Now().Add(lease))
		w.clock.pass(lease)
		w.handle(other) // the run is another's: no blueprint would change that
		w.wantSent()
		w.handle(onReceive(start, 5))
		resent := w.takeOne()
		if resent.Of.Type != flow.TypeStart || resent.Attributes[state.AttributeID] != start.ID {
			t.Errorf("sent %+v with %v, want the start under its first id", resent.Of, resent.Attributes)
		}
		w.handle(resent.Message)
		w.drain()
		w.wantRun(flow.Completed)
	})
	t.Run("of an unknown blueprint waits an hour for a newer worker", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		m := state.Message{ID: "m", Body: `{"type":"start","blueprintId":"newer","runId":"run"}`, Receives: 1, FirstReceived: w.clock.Now()}
		w.waits(m, time.Hour)
		if _, err := w.store.Run(t.Context(), "run"); !errors.Is(err, flow.ErrNotFound) {
			t.Errorf("the run is there (%v), want none", err)
		}
	})
	t.Run("with too large an input is rejected", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil, func(c *engine.Config) { c.MaxValue = 5 })
		w.wantRejected(w.start())
		w.wantRejected(onReceive(w.start(), 5)) // sent again, it would never end
		w.wantSent()
	})
	t.Run("without a run id, under a foreign message id, is rejected", func(t *testing.T) {
		t.Parallel()
		w := setup(t, chain3, nil)
		m := state.Message{ID: "m", Body: `{"type":"start","blueprintId":"chain"}`, Receives: 1, Attributes: map[string]string{state.AttributeID: "a b"}}
		w.wantRejected(m)
		w.wantRejected(onReceive(m, 5))
		w.wantSent()
	})
	t.Run("that comes back before the run was made goes on with a start node", func(t *testing.T) {
		t.Parallel()
		w := setup(t, twoStarts, nil)
		w.handle(again(w.start()))
		w.wantSent("b")
		w.wantStarts("a", 1)
	})
}

func TestMessageThatCanNeverBecomeValidIsRejected(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON":                        `start`,
		"empty":                          ``,
		"no object":                      `[]`,
		"an unknown type":                `{"type":"stop","runId":"r"}`,
		"a job in a scope no key holds":  `{"runId":"r","blueprintId":"b","nodeId":"a","scope":"` + strings.Repeat("x", 1000) + `"}`,
		"a job without node":             `{"runId":"r","blueprintId":"b"}`,
		"a job without run":              `{"blueprintId":"b","nodeId":"a"}`,
		"a run id out of form":           `{"runId":"a b","blueprintId":"b","nodeId":"a"}`,
		"a run id of a blueprint":        `{"runId":"blueprint#1","blueprintId":"b","nodeId":"a"}`,
		"a negative attempt":             `{"runId":"r","blueprintId":"b","nodeId":"a","attempt":-1}`,
		"a start without blueprint":      `{"type":"start"}`,
		"a start with a run id too long": `{"type":"start","blueprintId":"b","runId":"` + strings.Repeat("x", 129) + `"}`,
		"a cancel without run":           `{"type":"cancel"}`,
		"a field of another type":        `{"runId":5}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, chain3, nil)
			w.wantRejected(state.Message{ID: "m", Body: body, Receives: 1})
			w.wantRejected(state.Message{ID: "m", Body: body, Receives: 5})
			if got := w.requests(0); len(got) > 0 {
				t.Errorf("it caused the requests %q", got)
			}
		})
	}
}
