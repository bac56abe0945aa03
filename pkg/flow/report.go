package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is the JSON form of a run, the same wherever one is shown.
type Report struct {
	RunID       string                     `json:"runId"`
	BlueprintID string                     `json:"blueprintId"`
	Status      Status                     `json:"status"`
	Result      json.RawMessage            `json:"result"`
	Outputs     map[string]json.RawMessage `json:"outputs"` // by node id; a used fallback's under both ids
	Nodes       []NodeReport               `json:"nodes"`   // in the blueprint's order
	Error       *Failure                   `json:"error,omitempty"`
}

// NodeReport is where one task stands. State is a [State], "skipped" for a
// branch that was not taken, or "pending".
type NodeReport struct {
	ID         string     `json:"id"`
	Scope      string     `json:"scope,omitempty"`
	State      State      `json:"state"`
	Attempts   int        `json:"attempts"`
	StartedAt  *time.Time `json:"startedAt,omitempty"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
	Error      *Failure   `json:"error,omitempty"`
}

// The states of tasks that have no record.
const (
	TaskSkipped State = "skipped"
	TaskPending State = "pending"
)

// ReportStore is what a report is read from.
type ReportStore interface {
	Store
	Directory
}

// ReadReport reads a run whole. ErrNotFound: there is no such run.
func ReadReport(ctx context.Context, store ReportStore, runID string) (Report, error) {
	run, err := store.Run(ctx, runID)
	if err != nil {
		return Report{}, fmt.Errorf("read run %s: %w", runID, err)
	}
	snapshot, err := store.Load(ctx, ReadSet{Blueprint: run.BlueprintHash})
	if err != nil {
		return Report{}, fmt.Errorf("read the blueprint of run %s: %w", runID, err)
	}
	b, err := ParseBlueprint(snapshot.Blueprint)
	if err != nil {
		return Report{}, fmt.Errorf("read the blueprint of run %s: %w", runID, err)
	}
	var tasks []TaskRecord
	for task, err := range store.Tasks(ctx, runID) {
		if err != nil {
			return Report{}, fmt.Errorf("read the tasks of run %s: %w", runID, err)
		}
		tasks = append(tasks, task)
	}
	return newReport(b, run, tasks), nil
}

// newReport makes a run's report of its records. It is pure.
func newReport(b *Blueprint, run Run, tasks []TaskRecord) Report {
	v := view{plan: &plan{graph: newGraph(b)}, runID: run.ID, tasks: map[TaskKey]TaskRecord{}}
	byNode := map[string][]TaskRecord{}
	for _, t := range tasks {
		v.tasks[t.TaskKey] = t
		byNode[t.Node] = append(byNode[t.Node], t)
	}
	report := Report{
		RunID: run.ID, BlueprintID: run.BlueprintID, Status: run.Status, Result: orNull(run.Result),
		Outputs: map[string]json.RawMessage{}, Nodes: []NodeReport{}, Error: run.Error,
	}
	if run.Status == Running && len(run.Awaiting) > 0 {
		report.Status = Awaiting
	}
	known := map[TaskKey]bool{}
	for _, node := range b.Nodes {
		if output, ok := v.output(node.ID, ""); ok {
			report.Outputs[node.ID] = output
		}
		report.Nodes = append(report.Nodes, v.nodeReports(node.ID, byNode[node.ID], known)...)
	}
	return report
}

// nodeReports has an entry per scope in which the node has a record, or one
// that says why it has none; known remembers which tasks are dead.
func (v *view) nodeReports(id string, records []TaskRecord, known map[TaskKey]bool) (reports []NodeReport) {
	slices.SortFunc(records, func(a, b TaskRecord) int { return strings.Compare(a.Scope, b.Scope) })
	for _, t := range records {
		reports = append(reports, taskReport(t))
	}
	if len(reports) > 0 {
		return reports
	}
	state := TaskPending
	if v.dead(TaskKey{Node: id}, known) {
		state = TaskSkipped
	}
	return []NodeReport{{ID: id, State: state}}
}

func taskReport(t TaskRecord) NodeReport {
	report := NodeReport{
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
