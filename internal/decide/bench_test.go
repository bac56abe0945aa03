package decide

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// BenchmarkDecide decides the outcome of a node with four edges, of which two
// have conditions and one a transform.
func BenchmarkDecide(b *testing.B) {
	blueprint := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "pass"}}}
	for i, e := range []flow.Edge{
		{Condition: "result.output.total > limit"}, {Condition: "result.output.total <= limit"},
		{Transform: "{total: input.total, tier: run.input.tier}"}, {Action: "other"},
	} {
		id := fmt.Sprintf("n%d", i)
		blueprint.Nodes = append(blueprint.Nodes, flow.Node{ID: id, Uses: "pass"})
		e.Source, e.Target = "a", id
		blueprint.Edges = append(blueprint.Edges, e)
	}
	p, err := Compile(blueprint, nil)
	if err != nil {
		b.Fatal(err)
	}
	v := &View{Plan: p, RunID: "run", Tasks: map[state.TaskKey]state.TaskRecord{}, Values: map[string]state.ContextValue{"limit": {Value: json.RawMessage(`100`)}}}
	v.SetInput(json.RawMessage(`{"tier":"gold"}`))
	record := state.TaskRecord{RunID: "run", TaskKey: state.TaskKey{Node: "a"}, State: flow.TaskRunning, Owner: "me", Starts: 1}
	o := Outcome{Output: json.RawMessage(`{"total":120,"items":[{"id":"lamp","qty":3}]}`), Started: time.Unix(1, 0), Finished: time.Unix(2, 0)}
	b.ReportAllocs()
	for b.Loop() {
		decided := Decide(v, record, o, Terms{MaxValue: 1 << 20, Deadline: time.Unix(1<<40, 0)})
		if decided.State != flow.TaskDone || len(decided.Edges) != 2 {
			b.Fatalf("decided %+v, want done with 2 edges", decided)
		}
	}
}

// BenchmarkReport reports runs whose first half is done and whose second half
// was not taken; the time per node must not grow with the run.
func BenchmarkReport(b *testing.B) {
	for _, nodes := range []int{100, 10_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			blueprint := &flow.Blueprint{ID: "b"}
			var tasks []state.TaskRecord
			for i := range nodes {
				id := fmt.Sprintf("n%d", i)
				blueprint.Nodes = append(blueprint.Nodes, flow.Node{ID: id, Uses: "pass"})
				if i > 0 {
					blueprint.Edges = append(blueprint.Edges, flow.Edge{Source: fmt.Sprintf("n%d", i-1), Target: id})
				}
				if i < nodes/2 {
					tasks = append(tasks, state.TaskRecord{RunID: "run", TaskKey: state.TaskKey{Node: id}, State: flow.TaskDone})
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				report := Report(blueprint, state.Run{ID: "run", Status: flow.Completed}, tasks)
				if last := report.Nodes[nodes-1]; last.State != flow.TaskSkipped {
					b.Fatalf("the last node is %s, want skipped", last.State)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(nodes), "ns/node")
		})
	}
}
