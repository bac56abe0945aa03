package flow

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// BenchmarkDecide decides the outcome of a node with four edges, of which two
// have conditions and one a transform.
func BenchmarkDecide(b *testing.B) {
	blueprint := &Blueprint{ID: "b", Nodes: []Node{{ID: "a", Uses: "pass"}}}
	for i, e := range []Edge{
		{Condition: "result.output.total > limit"}, {Condition: "result.output.total <= limit"},
		{Transform: "{total: input.total, tier: run.input.tier}"}, {Action: "other"},
	} {
		id := fmt.Sprintf("n%d", i)
		blueprint.Nodes = append(blueprint.Nodes, Node{ID: id, Uses: "pass"})
		e.Source, e.Target = "a", id
		blueprint.Edges = append(blueprint.Edges, e)
	}
	p, err := newPlan(blueprint, nil, nil, time.Second)
	if err != nil {
		b.Fatal(err)
	}
	v := &view{plan: p, runID: "run", tasks: map[TaskKey]TaskRecord{}, values: map[string]ContextValue{"limit": {Value: json.RawMessage(`100`)}}}
	v.setInput(json.RawMessage(`{"tier":"gold"}`))
	record := TaskRecord{RunID: "run", TaskKey: TaskKey{Node: "a"}, State: TaskRunning, Owner: "me", Starts: 1}
	o := outcome{output: json.RawMessage(`{"total":120,"items":[{"id":"lamp","qty":3}]}`), started: time.Unix(1, 0), finished: time.Unix(2, 0)}
	b.ReportAllocs()
	for b.Loop() {
		decided, _ := decide(v, record, o, terms{maxValue: 1 << 20, deadline: time.Unix(1<<40, 0)})
		if decided.State != TaskDone || len(decided.Edges) != 2 {
			b.Fatalf("decided %+v, want done with 2 edges", decided)
		}
	}
}

// BenchmarkReport reports runs whose first half is done and whose second half
// was not taken; the time per node must not grow with the run.
func BenchmarkReport(b *testing.B) {
	for _, nodes := range []int{100, 10_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			blueprint := &Blueprint{ID: "b"}
			var tasks []TaskRecord
			for i := range nodes {
				id := fmt.Sprintf("n%d", i)
				blueprint.Nodes = append(blueprint.Nodes, Node{ID: id, Uses: "pass"})
				if i > 0 {
					blueprint.Edges = append(blueprint.Edges, Edge{Source: fmt.Sprintf("n%d", i-1), Target: id})
				}
				if i < nodes/2 {
					tasks = append(tasks, TaskRecord{RunID: "run", TaskKey: TaskKey{Node: id}, State: TaskDone})
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				report := newReport(blueprint, Run{ID: "run", Status: Completed}, tasks)
				if last := report.Nodes[nodes-1]; last.State != TaskSkipped {
					b.Fatalf("the last node is %s, want skipped", last.State)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(nodes), "ns/node")
		})
	}
}

// BenchmarkEncodeBody encodes the message of a job.
func BenchmarkEncodeBody(b *testing.B) {
	body := Body{RunID: "0123456789abcdef", BlueprintID: "order", NodeID: "charge the card", Scope: "poll.3", Attempt: 2, Hops: 7}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := body.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
