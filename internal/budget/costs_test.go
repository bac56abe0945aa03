package budget

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/docs/docstest"
	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

const operations = "../../docs/operations.md"

// Assumptions of the costs beside that which is measured here.
const (
	indexWrites   = 4     // write units of a run's entries in indexes, which the local server does not count
	keptMonths    = 4     // records are kept for FLOW_MAX_RUN and FLOW_RETENTION: 120 days
	nodeSeconds   = 0.01  // of a worker for a node whose code takes no time: it waits for its write
	workerGB      = 0.25  // memory of a function
	nodeLine      = 300   // bytes in the log
	callLines     = 1_200 // bytes in the log of an invocation: Lambda's own lines, and its metrics'
	monthTicks    = 43_200
	tickSeconds   = 0.15
	tickLines     = 1_500     // bytes in the log: Lambda's own lines, the tick's, its metrics'
	monthReceives = 648_000   // 5 pollers that wait for 20 s each
	alarmMetrics  = 47        // a test of the deployment compares it
	alarms        = 27        // likewise
	tickMetrics   = 3         // that every tick reports
	million       = 1_000_000 // units of most prices
	gigabyte      = 1_000_000_000
)

// shape is a shape of run, with its budget: requests per node.
type shape struct {
	name        string
	blueprint   *flow.Blueprint
	dynamo, sqs float64
}

var shapes = []shape{
	{"chain of 10", chain(10, "small"), 1.6, 0.4},
	{"chain of 50", chain(50, "small"), 1.2, 0.1},
	{"fan-out 8 and join", fan(8), 1.6, 0.35},
	{"fan-out 100 and join", fan(100), 1.2, 0.1},
	{"chain of 50, each writes one context key and reads the last", chain(50, "context"), 2.1, 0.1},
	{"chain of 10, outputs of 10 KB", chain(10, "ten"), 1.6, 0.4},
}

// TestBudgets compares every shape of run with its budget, and the documentation with
// the costs of that which was measured.
func TestBudgets(t *testing.T) {
	t.Parallel()
	rows := make([][]string, len(shapes))
	t.Run("shapes", func(t *testing.T) {
		for i, s := range shapes {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				rows[i] = s.measure(t)
			})
		}
	})
	if t.Failed() {
		return
	}
	docstest.Generated(t, operations, "costs of a node", docstest.Table([]string{
		"shape of the run", "DynamoDB requests", "write units", "read units", "SQS requests", "stored bytes",
		"$ requests", "$ storage, recovery", "$ worker, logs", "$ per million nodes",
	}, rows))
	docstest.Generated(t, operations, "prices", pricesTable())
	compareCeilings(t, rows)
}

// measure returns the row of the shape: that which one node needs, and its price.
func (s shape) measure(t *testing.T) []string {
	u, stored := measureStored(t, s.blueprint, 1, nil)
	nodes := float64(len(s.blueprint.Nodes))
	perNode, sqsPerNode := float64(u.dynamo)/nodes, float64(u.sqs)/nodes
	if perNode > s.dynamo {
		t.Errorf("DynamoDB requests per node = %.2f, budget %.1f", perNode, s.dynamo)
	}
	if sqsPerNode > s.sqs {
		t.Errorf("SQS requests per node = %.2f, budget %.1f", sqsPerNode, s.sqs)
	}
	writes, bytes := (u.writes+indexWrites)/nodes, float64(stored)/nodes
	asked := writes*writeUnits.dollars + u.reads/nodes*readUnits.dollars + sqsPerNode*requests.dollars
	kept := bytes * million / gigabyte * keptMonths * (storage.dollars + recovery.dollars)
	calls := sqsPerNode / 3 // with one message in each
	worked := nodeSeconds*workerGB*computing.dollars + calls*invocations.dollars + (nodeLine+calls*callLines)*million/gigabyte*logged.dollars
	row := []string{s.name}
	for _, v := range []float64{perNode, writes, u.reads / nodes, sqsPerNode} {
		row = append(row, fmt.Sprintf("%.2f", v))
	}
	row = append(row, fmt.Sprintf("%.0f", bytes))
	for _, v := range []float64{asked, kept, worked, asked + kept + worked} {
		row = append(row, fmt.Sprintf("%.2f", v))
	}
	return row
}

// TestIdleCosts computes the costs of a stage in which nothing happens, of a tick that
// is measured.
func TestIdleCosts(t *testing.T) {
	t.Parallel()
	tick := measureTick(t)
	queries := float64(tick.dynamo)
	var rows [][]string
	sum := 0.0
	line := func(what string, dollars float64) {
		sum += dollars
		rows = append(rows, []string{what, fmt.Sprintf("%.2f", dollars)})
	}
	line(fmt.Sprintf("the reconciler: 43,200 invocations with %.0f queries each", queries),
		monthTicks*(invocations.dollars/million+tick.reads*readUnits.dollars/million+tickSeconds*workerGB*computing.dollars/million))
	line("its log", monthTicks*tickLines*logged.dollars/gigabyte)
	line("polling of the queue: 648,000 receives", monthReceives*requests.dollars/million)
	line(fmt.Sprintf("%d alarms, which look at %d metrics", alarms, alarmMetrics), alarmMetrics*alarmed.dollars)
	line(fmt.Sprintf("%d metrics of the reconciler's", tickMetrics), tickMetrics*metric.dollars)
	line("the dashboard", dashboard.dollars)
	rows = append(rows, []string{"**a stage that is idle**", fmt.Sprintf("**%.2f**", sum)})
	docstest.Generated(t, operations, "idle costs", docstest.Table([]string{"idle", "$ a month"}, rows))
	if sum > 10 {
		t.Errorf("an idle stage costs $%.2f a month, budget $10", sum)
	}
}

// measureTick returns the requests of a tick in which there is nothing to do.
func measureTick(t *testing.T) usage {
	t.Helper()
	m := newMeter(t)
	store := meteredStore(t, m)
	client := sqs.NewFromConfig(servers.AWSConfig(serverstest.SQS(t).Endpoint))
	created, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("jobs")})
	if err != nil {
		t.Fatal(err)
	}
	queue := sqsqueue.New(client, *created.QueueUrl, sqsqueue.Config{})
	reconciler, err := engine.NewReconciler(store, dynamo.NewCoordinationStore(store), queue, engine.ReconcilerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	before := m.usage()
	if _, err := reconciler.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m.usage().less(before)
}
