package decide

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// Report makes a run's report from its records.
func Report(b *flow.Blueprint, run state.Run, tasks []state.TaskRecord) *flow.Report {
	v := NewView(&Plan{Graph: NewGraph(b)}, run.ID)
	byNode := map[string][]state.TaskRecord{}
	for _, t := range tasks {
		v.Tasks[t.TaskKey] = t
		byNode[t.Node] = append(byNode[t.Node], t)
	}
	report := runReport(run)
	progress := NewProgress(v)
	for _, node := range b.Nodes {
		if output, ok := v.output(node.ID, ""); ok {
			report.Outputs[node.ID] = output
		} else if t, ok := v.Decider(node.ID, ""); ok && t.Omitted > 0 {
			if report.Omitted == nil {
				report.Omitted = map[string]int{}
			}
			report.Omitted[node.ID] = t.Omitted
		}
		reports := nodeReports(node.ID, byNode[node.ID], progress)
		for i, t := range byNode[node.ID] { // in the order of the reports
			if Unmatched(v.graph(), t) != "" {
				reports[i].Unmatched = true
				report.Unmatched++
			}
		}
		report.Nodes = append(report.Nodes, reports...)
	}
	return report
}

// Outline makes the report of a run without values from its records alone: their nodes
// in the order of their starts.
func Outline(run state.Run, tasks []state.TaskRecord) *flow.Report {
	run.Result, run.Error = nil, codeOf(run.Error)
	report := runReport(run)
	report.Result = nil
	slices.SortFunc(tasks, func(a, b state.TaskRecord) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), strings.Compare(a.Node, b.Node), strings.Compare(a.Scope, b.Scope))
	})
	for _, t := range tasks {
		t.Error = codeOf(t.Error)
		report.Nodes = append(report.Nodes, taskReport(t))
	}
	return report
}

// codeOf returns a failure without its messages, which may have values.
func codeOf(f *flow.Failure) *flow.Failure {
	if f == nil {
		return nil
	}
	return &flow.Failure{Code: f.Code, NodeID: f.NodeID, Scope: f.Scope, Attempt: f.Attempt}
}

// runReport begins a report with all that is the run's own.
func runReport(run state.Run) *flow.Report {
	report := &flow.Report{
		RunID: run.ID, BlueprintID: run.BlueprintID, Status: run.Status, Result: rawjson.OrNull(run.Result),
		Outputs: map[string]json.RawMessage{}, Nodes: []flow.NodeReport{}, Error: run.Error,
		StartedBy: run.StartedBy, StartedByStated: run.StartedByStated, CancelledBy: run.CancelledBy, CancelledByStated: run.CancelledByStated,
		TraceID: trace.ID(run.Traceparent),
	}
	if run.Status == flow.Running && len(run.Awaiting) > 0 {
		report.Status = flow.Awaiting
	}
	if !run.Status.Terminal() {
		report.WaitingFor = run.WaitingFor
	}
	return report
}

// nodeReports returns one entry for each scope in which the node has a record; for a node
// without a record, one that says whether it is pending or skipped.
func nodeReports(id string, records []state.TaskRecord, progress *Progress) (reports []flow.NodeReport) {
	slices.SortFunc(records, func(a, b state.TaskRecord) int { return strings.Compare(a.Scope, b.Scope) })
	for _, t := range records {
		reports = append(reports, taskReport(t))
	}
	if len(reports) > 0 {
		return reports
	}
	nodeState := flow.TaskPending
	if progress.Dead(state.TaskKey{Node: id}) {
		nodeState = flow.TaskSkipped
	}
	return []flow.NodeReport{{ID: id, State: nodeState}}
}

func taskReport(t state.TaskRecord) flow.NodeReport {
	report := flow.NodeReport{
		ID: t.Node, Scope: t.Scope, State: t.State, Attempts: t.Attempt(),
		StartedAt: reportTime(t.StartedAt), Error: t.Error,
	}
	if t.State.Committed() {
		report.FinishedAt = reportTime(t.FinishedAt)
	}
	return report
}

func reportTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Truncate(time.Millisecond))
}
