package bench

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
)

// Report is the result of a measurement. Times are in milliseconds.
type Report struct {
	Blueprint       string   `json:"blueprint"`
	Runs            int      `json:"runs"`
	Failed          int      `json:"failed"` // runs that did not complete
	Nodes           int      `json:"nodes"`  // that have finished
	Seconds         float64  `json:"seconds"`
	NodesPerSecond  float64  `json:"nodesPerSecond"`
	CPUPerNode      *float64 `json:"cpuMsPerNode"` // of the worker's processes; null where the system does not tell it
	Latency         Latency  `json:"latencyMs"`
	Steps           *Steps   `json:"steps,omitempty"` // of runs that are alone
	CountedRuns     int      `json:"countedRuns"`     // that the following are of
	DynamoDBPerNode float64  `json:"dynamodbRequestsPerNode"`
	SQSPerNode      float64  `json:"sqsRequestsPerNode"`
	MessagesPerRun  float64  `json:"messagesPerRun"` // with that of the start
}

// Latency is the time from the message that starts a run to the status of its end.
type Latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Steps are the parts of the latency of runs that follow one another, each in an idle stack.
// Those of nodes that run beside each other say little.
type Steps struct {
	First Latency  `json:"messageToFirstNodeMs"`
	Next  *Latency `json:"nodeToNodeMs,omitempty"` // with the second node's own time
	End   Latency  `json:"endToStatusMs"`          // from the recorded end of the last node to the run's, which can be read
}

func stepsOf(s steps) *Steps {
	if len(s.first) == 0 || len(s.end) == 0 {
		return nil
	}
	of := &Steps{First: LatencyOf(s.first), End: LatencyOf(s.end)}
	if len(s.next) > 0 {
		of.Next = new(LatencyOf(s.next))
	}
	return of
}

func (r *Report) time(measured *result, took time.Duration) {
	r.Failed, r.Nodes, r.Seconds = measured.failed, measured.nodes, took.Seconds()
	r.NodesPerSecond = float64(r.Nodes) / r.Seconds
	r.Latency = LatencyOf(measured.latencies)
}

// LatencyOf returns the percentiles of some times, of which there must be one at least.
func LatencyOf(times []time.Duration) Latency {
	sorted := slices.Sorted(slices.Values(times))
	at := func(percent int) float64 {
		return milliseconds(sorted[(len(sorted)*percent+99)/100-1]) // the nearest rank
	}
	return Latency{P50: at(50), P99: at(99), Max: at(100)}
}

func (r *Report) count(requests localstack.RequestCounts, nodes int) {
	r.DynamoDBPerNode = perNode(float64(requests.DynamoDB), nodes)
	r.SQSPerNode = perNode(float64(requests.SQS), nodes)
	r.MessagesPerRun = 1 + float64(requests.Messages)/float64(r.CountedRuns)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	cpu := "not told by this system"
	if r.CPUPerNode != nil {
		cpu = fmt.Sprintf("%.2f ms", *r.CPUPerNode)
	}
	_, err := fmt.Fprintf(w, `%s: %d runs, %d of them not completed, %d nodes in %.2f s
nodes a second              %.0f
worker's CPU a node         %s
latency of a run            %s
%sDynamoDB requests a node    %.2f
SQS requests a node         %.2f
messages a run              %.2f
`, r.Blueprint, r.Runs, r.Failed, r.Nodes, r.Seconds, r.NodesPerSecond, cpu, r.Latency, r.Steps.text(),
		r.DynamoDBPerNode, r.SQSPerNode, r.MessagesPerRun)
	return err
}

// String is the latency for people.
func (l Latency) String() string {
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, max %.1f ms", l.P50, l.P99, l.Max)
}

func (s *Steps) text() string {
	if s == nil {
		return ""
	}
	text := fmt.Sprintf("from message to first node  %s\n", s.First)
	if s.Next != nil {
		text += fmt.Sprintf("from node to node           %s\n", s.Next)
	}
	return text + fmt.Sprintf("from last node to status    %s\n", s.End)
}

// perNode is 0 without nodes: every run has failed, and the report says so.
func perNode(sum float64, nodes int) float64 { return sum / float64(max(nodes, 1)) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
