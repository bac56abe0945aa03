package sim

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// What must hold in the end.

// verify judges a world that has come to rest.
func (w *world) verify() {
	for _, r := range w.runs {
		w.verifyRun(r)
	}
	if w.queued > 0 && len(w.violations) == 0 {
		w.violate("%d messages are still in the queue", w.queued)
	}
	// A duplicate may use up the receives of a message that is being handled.
	spared := w.reconciling || w.hits[fault.Duplicate] > 0
	for _, m := range w.deadLetters {
		if m.body.Type != flow.TypeCancel && !spared && !m.forged {
			w.violate("%s is in the dead-letter queue: %s", m.id, m.text)
		}
	}
	if n := w.locks.Held(); n > 0 && w.hits[fault.ReconcilerCrash]+w.hits[fault.ReconcilerSlow]+w.hits[fault.ReconcilerRefused]+w.hits[fault.StaleLock] == 0 && !w.slow {
		w.violate("%d locks are still held", n)
	}
	w.verifyBudget()
	if !w.healthy() {
		return
	}
	for _, r := range w.runs {
		if r.rescues > 0 {
			w.violate("run %s: it is rescued %d times in a healthy world: what waits comes by itself", r.id, r.rescues)
		}
	}
	if !w.waits() && w.tickWrites+w.rescued > 0 {
		w.violate("a reconciler does something to a healthy world: %d writes, %d messages", w.tickWrites, w.rescued)
	}
}

// healthy: nothing goes wrong, and what is at work does not count as stalled.
func (w *world) healthy() bool {
	for kind := range w.hits {
		if !kind.Circumstance() {
			return false
		}
	}
	return w.plain || w.timings.stalledAfter == 5*time.Minute
}

// waits reports whether a retry may be as far off as a run takes to count as stalled.
func (w *world) waits() bool {
	return slices.ContainsFunc(w.graph.nodes, func(n *node) bool { return n.wait(n.attempts) > time.Minute })
}

func (w *world) verifyRun(r *run) {
	if !r.exists {
		if !w.allStartsLost(r) {
			w.violate("run %s: it was started, but does not exist", r.id)
		}
		return
	}
	if !r.state.Status.Terminal() {
		w.violate("run %s: it has not ended: %s, and nothing happens any more", r.id, r.state.Status)
		return
	}
	if r.state.Active {
		w.violate("run %s: it has ended as %s and is still in the index of active runs", r.id, r.state.Status)
	}
	ref := newReference(w.graphOf(r), w.seed, r.id, r.inputs[r.state.StartMessageID], judge{w, r})
	w.verifyStatus(r, ref)
	for _, n := range ref.graph.nodes {
		w.verifyTask(r, n, ref)
	}
	if r.state.Status == flow.Completed {
		w.verifyResult(r, ref)
	}
}

func (w *world) allStartsLost(r *run) bool {
	lost := 0
	for _, m := range w.deadLetters {
		if m.body.Type == flow.TypeStart {
			lost++
		}
	}
	return w.reconciling && lost >= len(r.inputs)
}

func same(a, b any) bool { return bytes.Equal(canonical(a), canonical(b)) }

// verifyStatus: a run fails exactly if one of its nodes does, unless it was
// cancelled before.
func (w *world) verifyStatus(r *run, ref *reference) {
	failing := map[string]string{}
	for _, n := range ref.graph.nodes {
		if d := ref.of(n); d != nil && d.failed && n.fallback == nil {
			failing[n.id] = d.code
		}
	}
	switch r.state.Status {
	case flow.Completed:
		if len(failing) > 0 {
			w.violate("run %s completed, but %v must fail", r.id, failing)
		}
	case flow.Failed:
		code, ok := failing[r.state.Error.NodeID]
		lacking := r.state.Error.Code == state.CodeNoImplementation && w.hits[fault.OldWorker] > 0
		if !lacking && (!ok || code != r.state.Error.Code) {
			w.violate("run %s failed by %+v, but failing are %v", r.id, r.state.Error, failing)
		}
	}
}

// verifyTask: what is recorded of a node is what the reference comes to, and of
// a completed run everything is.
func (w *world) verifyTask(r *run, n *node, ref *reference) {
	t, ok := r.records[n.id]
	want := ref.of(n)
	switch {
	case !ok && (want == nil || r.state.Status != flow.Completed):
		return
	case !ok:
		w.violate("run %s completed without %s, which must run", r.id, n.id)
		return
	case want == nil:
		w.violate("run %s: %s is %s, but must not run", r.id, n.id, t.State)
		return
	case !t.State.Committed():
		if r.state.Status == flow.Completed {
			w.violate("run %s completed, but %s is %s", r.id, n.id, t.State)
		}
		return
	}
	got := r.decided(ref.graph, n)
	if got.failed != want.failed || got.failures != want.failures || got.code != want.code && got.failed {
		w.violate("run %s: %s is %s with %d failures (%s), want failed %t with %d (%s)", r.id, n.id, t.State, got.failures, got.code, want.failed, want.failures, want.code)
		return
	}
	if got.failed {
		return
	}
	if got.has != want.has || got.action != want.action || !same(got.output, want.output) {
		w.violate("run %s: the result of %s is %s %q, want %s %q", r.id, n.id, t.Output, got.action, canonical(want.output), want.action)
	}
	if !sameEdges(got.taken, want.taken) {
		w.violate("run %s: the edges out of %s are %+v, want %s", r.id, n.id, t.Edges, edgesOf(want.taken))
	}
}

func sameEdges(a, b []taken) bool {
	return slices.EqualFunc(a, b, func(a, b taken) bool {
		return a.edge.index == b.edge.index && a.has == b.has && same(a.value, b.value)
	})
}

func edgesOf(edges []taken) string {
	list := []any{}
	for _, t := range edges {
		list = append(list, []any{t.edge.index, t.value})
	}
	return string(canonical(list))
}

// verifyResult: of one sink its output, of several an object of the taken ones.
func (w *world) verifyResult(r *run, ref *reference) {
	if !same(decoded(r.state.Result), ref.result()) {
		w.violate("run %s: its result is %s, want %s", r.id, r.state.Result, canonical(ref.result()))
	}
	if w.seed%4 == 0 {
		w.verifyReport(r, ref)
	}
}

// verifyReport: the report says of every node what the reference does.
func (w *world) verifyReport(r *run, ref *reference) {
	report, err := client.New(nil, store{w}).Report(background, r.id)
	if err != nil {
		w.violate("run %s: %v", r.id, err)
		return
	}
	for i, n := range ref.graph.nodes {
		state := flow.TaskSkipped
		if d := ref.of(n); d != nil {
			state = flow.TaskDone
			if d.failed {
				state = flow.TaskFailed
			}
		}
		if got := report.Nodes[i]; got.ID != n.id || got.State != state {
			w.violate("run %s: the report says %s of %s, want %s", r.id, got.State, n.id, state)
		}
		want, has := ref.output(n.id)
		got, reported := report.Outputs[n.id]
		if has != reported || has && !same(decoded(got), want) {
			w.violate("run %s: the report has the output %s of %s, want %s", r.id, got, n.id, canonical(want))
		}
	}
}

func (r *reference) result() any {
	several := map[string]any{}
	sinks := 0
	var single any
	for _, n := range r.graph.nodes {
		if !n.isSink() {
			continue
		}
		sinks++
		if d, _ := r.decider(n); d != nil {
			single = d.output
			several[n.id] = d.output
		}
	}
	switch {
	case sinks == 1:
		return single
	case len(several) == 0:
		return nil
	}
	return several
}

// verifyQuiet: to a world in which everything has ended a reconciler does
// nothing, however late it looks. Timers of runs that ended early are dropped.
func (w *world) verifyQuiet() {
	if len(w.violations) > 0 {
		return
	}
	w.faults, w.script, w.now = nil, nil, w.now+3*time.Hour
	auditor := &sandbox{world: w, name: "audit"}
	for range 2 {
		writes, sent, timers := w.writes, w.sent, len(w.timers)
		var stats engine.Stats
		w.tick(auditor, func(s engine.Stats, err error) {
			if stats = s; err != nil {
				w.violate("a reconciler's tick: %v", err)
			}
		})
		w.play(func() bool { return false })
		if w.sent > sent || w.writes > writes+2*timers || stats.StalledRuns > 0 {
			w.violate("a reconciler does something to a world that has ended: %d writes, %d messages, %s", w.writes-writes, w.sent-sent, statsText(stats))
		}
	}
}

func statsText(s engine.Stats) string {
	text, _ := json.Marshal(s)
	return string(text)
}
