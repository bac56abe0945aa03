package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Messages whose work was recorded before are reported as duplicates: the start, the
// outcomes and the end of a run are not reported again.
func TestDuplicatesAreLogged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		play func(*world)
		want []string // of events
	}{
		"first deliveries are none": {
			func(w *world) { w.handle(w.start()) },
			[]string{"run started", "node finished a", "node finished b", "node finished c", "run completed"},
		},
		"a start whose run has ended": {
			func(w *world) { start := w.start(); w.handle(start); w.events.all = nil; w.handle(again(start)) },
			[]string{"duplicate message"},
		},
		"a start that its worker did not see through": {
			func(w *world) {
				start := w.start()
				w.inject("lose the request of finish run")
				w.wantBack(start)
				w.events.all = nil
				w.clock.pass(lease)
				w.handle(again(start))
			},
			[]string{"duplicate message", "run completed"},
		},
		"a job of a recorded task": {
			func(w *world) { w.create(); w.put(done("a", 0)); w.put(done("b", 1)); w.handle(w.job("a")) },
			[]string{"duplicate message a", "node finished c", "run completed"},
		},
		"a job of a completed run": {
			func(w *world) { w.handle(w.start()); w.events.all = nil; w.handle(w.job("b")) },
			[]string{"duplicate message b"},
		},
		"a leftover of a cancelled run is none": {
			func(w *world) { w.create(); w.cancel(); w.handle(w.job("a")) },
			nil,
		},
		"a message sent back by a lease is none yet": {
			func(w *world) {
				w.create()
				running := inState("a", flow.TaskRunning)
				running.LeaseUntil = w.clock.Now().Add(time.Second)
				w.put(running)
				w.wantHeld(w.job("a"), running.LeaseUntil)
			},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, chain3, nil)
			test.play(w)
			if diff := cmp.Diff(test.want, w.events.texts()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}
