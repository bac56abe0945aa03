package sim

import (
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
)

// ReportIsTrue is about the report of a run that has completed.
const ReportIsTrue Invariant = "the report agrees with the reference on every node"

// reportIsTrue checks runs in some of the worlds: a report costs as much again as
// the rest of the comparison.
func reportIsTrue(w *watcher) moments {
	return moments{compared: func(r *run, ref *reference) {
		if r.state.Status == flow.Completed && w.setting.seed%4 == 0 {
			checkReport(w, r, ref)
		}
	}}
}

func checkReport(w *watcher, r *run, ref *reference) {
	report, err := client.New(nil, w.store).Report(background, r.id)
	if err != nil {
		w.violate(ReportIsTrue, "run %s: %v", r.id, err)
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
			w.violate(ReportIsTrue, "run %s: it says %s of %s, want %s", r.id, got.State, n.id, state)
		}
		want, has := ref.output(n.id)
		got, reported := report.Outputs[n.id]
		if has != reported || has && !same(decoded(got), want) {
			w.violate(ReportIsTrue, "run %s: it has the output %s of %s, want %s", r.id, got, n.id, canonical(want))
		}
	}
}
