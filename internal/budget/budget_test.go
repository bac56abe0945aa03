// Package budget measures the cost of a run: requests and capacity, counted at the
// wire between the SDK and the servers.
package budget

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// TestMarginalCost checks that the cost of one more node does not depend on the
// length of the run.
func TestMarginalCost(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"small", "big"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			ten, fifty, hundred := measure(t, chain(10, code), 2), measure(t, chain(50, code), 2), measure(t, chain(100, code), 2)
			for _, tc := range []struct {
				what  string
				of    func(usage) float64
				exact float64 // 0: only constant
			}{
				{"DynamoDB requests", func(u usage) float64 { return float64(u.dynamo) }, 1},
				{"SQS requests", func(u usage) float64 { return float64(u.sqs) }, 0},
				{"write units", func(u usage) float64 { return u.writes }, 0},
				{"read units", func(u usage) float64 { return u.reads }, 0},
				{"bytes read", func(u usage) float64 { return float64(u.bytesRead) }, 0},
			} {
				early, late := (tc.of(fifty)-tc.of(ten))/40, (tc.of(hundred)-tc.of(ten))/90
				t.Logf("outputs %s: %.2f %s per further node up to 50, %.2f up to 100", code, early, tc.what, late)
				if early != late {
					t.Errorf("%s per further node: %.3f up to 50, %.3f up to 100: the cost depends on the length", tc.what, early, late)
				}
				if tc.exact != 0 && late != tc.exact {
					t.Errorf("%s per further node = %.3f, want %.0f", tc.what, late, tc.exact)
				}
			}
		})
	}
}

// TestWarmSandboxNeedsOneRequestANode checks a run in a sandbox that has run its blueprint
// before: beside a write for each node there are one that creates the run and one that ends
// it, one for an input, and no read.
func TestWarmSandboxNeedsOneRequestANode(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		input any
		want  int
	}{
		"without input": {nil, 12},
		"with an input": {map[string]int{"x": 1}, 13},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, _ := measureStored(t, chain(10, "small"), 2, tc.input)
			if u.dynamo > tc.want || u.bytesRead != 0 {
				t.Errorf("a chain of 10 needs %d requests and reads %d bytes, want at most %d and 0", u.dynamo, u.bytesRead, tc.want)
			}
		})
	}
}

var registry = flow.Registry{
	"small": flow.Func(func(context.Context, json.RawMessage) (int, error) { return 7, nil }),
	"ten":   flow.Func(func(context.Context, json.RawMessage) (string, error) { return strings.Repeat("x", 10<<10), nil }),
	"big":   flow.Func(func(context.Context, json.RawMessage) (string, error) { return strings.Repeat("x", 2048), nil }),
	"context": flow.TaskFunc(func(ctx context.Context, task *flow.Task, _ json.RawMessage) (flow.Result, error) {
		var count int
		if _, err := task.Get(ctx, "count", &count); err != nil {
			return flow.Result{}, err
		}
		return flow.Result{Output: count}, task.Set("count", count+1)
	}),
}

func chain(n int, code string) *flow.Blueprint {
	b := &flow.Blueprint{ID: fmt.Sprintf("chain-%s-%03d", code, n)}
	for i := range n {
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprintf("n%03d", i), Uses: code})
		if i > 0 {
			b.Edges = append(b.Edges, flow.Edge{Source: b.Nodes[i-1].ID, Target: b.Nodes[i].ID})
		}
	}
	return b
}

func fan(n int) *flow.Blueprint {
	b := &flow.Blueprint{ID: "fan", Nodes: []flow.Node{{ID: "first", Uses: "small"}, {ID: "last", Uses: "small"}}}
	for i := range n {
		id := fmt.Sprintf("n%d", i)
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "small"})
		b.Edges = append(b.Edges, flow.Edge{Source: "first", Target: id}, flow.Edge{Source: id, Target: "last"})
	}
	return b
}

var names = dynamo.Names{Context: "context", Status: "status", Coordination: "coordination"}

// measure runs the blueprint, from its start message to its end, with one message
// per receive and delete, and returns the requests and capacity for the given run
// of a sandbox: the first run also stores the blueprint, in proportion to its size.
// Empty receives are not counted: they do not belong to the run.
func measure(t *testing.T, b *flow.Blueprint, runs int) usage {
	t.Helper()
	u, _ := measureStored(t, b, runs, nil)
	return u
}

// measureStored is measure for an input, and returns the bytes that the runs have stored,
// too.
func measureStored(t *testing.T, b *flow.Blueprint, runs int, input any) (u usage, stored int) {
	t.Helper()
	ctx := t.Context()
	m := newMeter(t)
	store, plain := meteredStoreOf(t, m)
	quiet := sqs.NewFromConfig(servers.AWSConfig(serverstest.SQS(t).Endpoint))
	created, err := quiet.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: new("jobs")})
	if err != nil {
		t.Fatal(err)
	}
	counted := sqs.New(quiet.Options(), func(o *sqs.Options) { o.HTTPClient = &http.Client{Transport: m} })
	queue := sqsqueue.New(counted, *created.QueueUrl, sqsqueue.Config{})
	worker := newWorker(t, store, queue, b)
	for range runs {
		before := m.usage()
		runID, err := client.New(queue, nil).Start(ctx, b.ID, input)
		if err != nil {
			t.Fatal(err)
		}
		handled := serve(t, quiet, *created.QueueUrl, worker)
		u = m.usage().less(before)
		u.sqs += 2 * handled // a receive and a delete each

		run, err := store.Run(ctx, runID)
		if err != nil || run.Status != flow.Completed {
			t.Fatalf("run = %v, %v, want a completed one", run.Status, err)
		}
	}
	return u, storedBytes(t, plain)
}

// meteredStore returns a store on new tables, whose requests are metered except for
// those that create the tables.
func meteredStore(t *testing.T, m *meter) *dynamo.Store {
	t.Helper()
	store, _ := meteredStoreOf(t, m)
	return store
}

// meteredStoreOf is meteredStore, and returns a client that is not metered, too.
func meteredStoreOf(t *testing.T, m *meter) (*dynamo.Store, *dynamodb.Client) {
	t.Helper()
	plain := dynamodb.NewFromConfig(servers.AWSConfig(serverstest.DynamoDB(t).Endpoint))
	if err := dynamo.CreateTables(t.Context(), plain, names); err != nil {
		t.Fatal(err)
	}
	db := dynamodb.New(plain.Options(), func(o *dynamodb.Options) { o.HTTPClient = &http.Client{Transport: m} })
	return dynamo.New(db, names, dynamo.Config{}), plain
}

// newWorker returns an engine whose clock stands still: on a slow machine a chain
// would read its run's status again.
func newWorker(t *testing.T, store *dynamo.Store, queue state.Sender, b *flow.Blueprint) *engine.Engine {
	t.Helper()
	now, all := time.Now(), flow.Registry{}
	maps.Copy(all, registry)
	maps.Copy(all, onceRegistry)
	worker, err := engine.New(store, queue, all, engine.Config{
		Blueprints: []*flow.Blueprint{b}, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return worker
}

// serve handles messages until none is visible, and returns their number.
func serve(t *testing.T, client *sqs.Client, url string, engine *engine.Engine) (handled int) {
	t.Helper()
	for {
		received, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(received.Messages) == 0 {
			return handled
		}
		handled++
		handleOne(t, client, url, engine, received.Messages[0])
	}
}

func handleOne(t *testing.T, client *sqs.Client, url string, engine *engine.Engine, m types.Message) {
	t.Helper()
	if err := engine.Handle(t.Context(), state.Message{ID: *m.MessageId, Body: *m.Body, Receives: 1}); err != nil {
		t.Fatalf("handle %s: %v", *m.Body, err)
	}
	if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
}
