package sim

import (
	"bytes"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// MatchesReference is about a run that has ended.
const MatchesReference Invariant = "a run ends as the reference interpreter says"

func same(a, b any) bool { return bytes.Equal(canonical(a), canonical(b)) }

func matchesReference(w *watcher) moments {
	return moments{compared: func(r *run, ref *reference) {
		checkStatus(w, r, ref)
		for _, n := range ref.graph.nodes {
			checkTask(w, r, n, ref)
		}
		if r.state.Status == flow.Completed && !same(decoded(r.state.Result), ref.result()) {
			w.violate(MatchesReference, "run %s: its result is %s, want %s", r.id, r.state.Result, canonical(ref.result()))
		}
	}}
}

// checkStatus checks that a run fails exactly if one of its nodes does, unless it
// was cancelled before.
func checkStatus(w *watcher, r *run, ref *reference) {
	failing := map[string]string{}
	for _, n := range ref.graph.nodes {
		if d := ref.of(n); d != nil && d.failed && n.fallback == nil {
			failing[n.id] = d.code
		}
	}
	switch r.state.Status {
	case flow.Completed:
		if len(failing) > 0 || ref.endsTooLarge() {
			w.violate(MatchesReference, "run %s completed, but %v must fail", r.id, failing)
		}
	case flow.Failed:
		code, ok := failing[r.state.Error.NodeID]
		lacking := r.state.Error.Code == state.CodeNoImplementation && w.setting.missingCode > 0
		tooLarge := r.state.Error.NodeID == "" && r.state.Error.Code == flow.CodeValueTooLarge && len(failing) == 0 && ref.endsTooLarge()
		if !lacking && !tooLarge && (!ok || code != r.state.Error.Code) {
			w.violate(MatchesReference, "run %s is %s, but failing are %v", r.id, runText(r.state), failing)
		}
	}
}

// checkTask checks that a node's record equals the reference's, and that a
// completed run has all records.
func checkTask(w *watcher, r *run, n *node, ref *reference) {
	t, ok := r.records[n.id]
	want := ref.of(n)
	switch {
	case !ok && (want == nil || r.state.Status != flow.Completed):
		return
	case !ok:
		w.violate(MatchesReference, "run %s completed without %s, which must run", r.id, n.id)
		return
	case want == nil:
		w.violate(MatchesReference, "run %s: %s is %s, but must not run", r.id, n.id, t.State)
		return
	case !t.State.Committed():
		if r.state.Status == flow.Completed {
			w.violate(MatchesReference, "run %s completed, but %s is %s", r.id, n.id, t.State)
		}
		return
	}
	checkOutcome(w, r, n, r.decided(ref.graph, n), want)
}

func checkOutcome(w *watcher, r *run, n *node, got, want *decided) {
	if got.failed != want.failed || got.failures != want.failures || got.code != want.code && got.failed {
		w.violate(MatchesReference, "run %s: %s failed: %t, with %d failures (%s), want %t with %d (%s)", r.id, n.id, got.failed, got.failures, got.code, want.failed, want.failures, want.code)
		return
	}
	if got.failed {
		return
	}
	if got.has != want.has || got.action != want.action || !same(got.output, want.output) {
		w.violate(MatchesReference, "run %s: the result of %s is %s %q, want %s %q", r.id, n.id, canonical(got.output), got.action, canonical(want.output), want.action)
	}
	if !sameEdges(got.taken, want.taken) {
		w.violate(MatchesReference, "run %s: the edges out of %s are %s, want %s", r.id, n.id, edgesOf(got.taken), edgesOf(want.taken))
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
