package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// granted returns the role's permissions: "action logicalID", for an index "action
// logicalID/index".
func granted(tm template, role string) []string {
	tm.t.Helper()
	_, resource := tm.one(kindRole, role)
	return permissions(at(resource, "Properties.Policies.0.PolicyDocument"))
}

func permissions(policy any) (all []string) {
	statements, _ := at(policy, "Statement").([]any)
	for _, statement := range statements {
		for _, action := range list(at(statement, "Action")) {
			for _, on := range list(at(statement, "Resource")) {
				all = append(all, fmt.Sprint(action)+" "+named(on))
			}
		}
	}
	slices.Sort(all)
	return all
}

// list returns as a list the value that IAM writes as one or as several.
func list(value any) []any {
	if several, ok := value.([]any); ok {
		return several
	}
	return []any{value}
}

// named returns the resource that an ARN in a template names.
func named(arn any) string {
	if table := at(arn, "Fn::Join.1.0"); at(arn, "Fn::Join.0") == "/index/" {
		return named(table) + "/" + fmt.Sprint(at(arn, "Fn::Join.1.1"))
	}
	if id, ok := at(arn, "Fn::GetAtt.0").(string); ok && at(arn, "Fn::GetAtt.1") == "Arn" {
		return strings.TrimPrefix(id[:len(id)-8], "Flow")
	}
	return texted(arn)
}

// Each role has exactly the permissions listed here.
func TestRoles(t *testing.T) {
	tm := synthesize(t, nil, func(s *deployment) { s.Blueprints[0].Metadata = []byte(`{"schedule":{"expression":"rate(1 day)"}}`) })
	for role, want := range map[string][]string{
		"WorkerRole": {
			"dynamodb:BatchGetItem Context", "dynamodb:BatchGetItem Coordination", "dynamodb:BatchGetItem Status",
			"dynamodb:PutItem Context", "dynamodb:PutItem Coordination", "dynamodb:PutItem Status",
			"dynamodb:UpdateItem Context", "dynamodb:UpdateItem Coordination", "dynamodb:UpdateItem Status",
			"logs:CreateLogStream WorkerLogs", "logs:PutLogEvents WorkerLogs",
			"sqs:ChangeMessageVisibility Queue", "sqs:DeleteMessage Queue", "sqs:GetQueueAttributes Queue", "sqs:ReceiveMessage Queue", "sqs:SendMessage Queue",
		},
		"ReconcilerRole": {
			"dynamodb:BatchGetItem Context", "dynamodb:BatchGetItem Status",
			"dynamodb:DeleteItem Coordination", "dynamodb:PutItem Coordination",
			"dynamodb:Query Context", "dynamodb:Query Coordination/due", "dynamodb:Query Status/active",
			"dynamodb:UpdateItem Context", "dynamodb:UpdateItem Coordination", "dynamodb:UpdateItem Status",
			"logs:CreateLogStream ReconcilerLogs", "logs:PutLogEvents ReconcilerLogs",
			"sqs:GetQueueAttributes Queue", "sqs:SendMessage Queue",
		},
		"TickRole":  {"lambda:InvokeFunction Reconciler"},
		"StartRole": {"sqs:SendMessage DeadLetters", "sqs:SendMessage Queue"},
	} {
		if diff := cmp.Diff(want, granted(tm, role)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", role, diff)
		}
	}
}

// requests records the store's requests, as IAM sees them.
type requests struct {
	dynamo.API
	mu   sync.Mutex
	seen map[string]bool
}

func (r *requests) note(action string, table *string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen["dynamodb:"+action+" "+*table] = true
}

func (r *requests) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	for table := range in.RequestItems {
		r.note("BatchGetItem", &table)
	}
	return r.API.BatchGetItem(ctx, in, o...)
}

func (r *requests) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	r.note("PutItem", in.TableName)
	return r.API.PutItem(ctx, in, o...)
}

func (r *requests) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	r.note("UpdateItem", in.TableName)
	return r.API.UpdateItem(ctx, in, o...)
}

func (r *requests) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	r.note("DeleteItem", in.TableName)
	return r.API.DeleteItem(ctx, in, o...)
}

func (r *requests) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	on := *in.TableName
	if in.IndexName != nil {
		on += "/" + *in.IndexName
	}
	r.note("Query", &on)
	return r.API.Query(ctx, in, o...)
}

// The tables' names are their names in the template.
var names = dynamo.Names{Context: "Context", Status: "Status", Coordination: "Coordination"}

// busy needs every kind of request of a worker: it has a join, context keys, a
// value that needs parts, and a retry beyond a queue's maximum delay. brief has a
// join that is fired by its first source, and an end.
var (
	busy = &flow.Blueprint{ID: "busy",
		Nodes: []flow.Node{
			{ID: "a", Uses: "large"}, {ID: "b", Uses: "keys"}, {ID: "c", Uses: "pass", Config: flow.NodeConfig{Apart: true}}, {ID: "join", Uses: "pass"},
			{ID: "late", Uses: "fails", Config: flow.NodeConfig{MaxRetries: 2, RetryDelay: time.Hour}},
		},
		Edges: []flow.Edge{
			{Source: "a", Target: "b"}, {Source: "a", Target: "c"}, {Source: "b", Target: "join"}, {Source: "c", Target: "join"}, {Source: "join", Target: "late"},
		}}
	brief = &flow.Blueprint{ID: "brief",
		Nodes: []flow.Node{
			{ID: "a", Uses: "pass"}, {ID: "b", Uses: "pass"}, {ID: "c", Uses: "pass"},
			{ID: "first", Uses: "pass", Config: flow.NodeConfig{JoinStrategy: flow.JoinAny}},
		},
		Edges: []flow.Edge{{Source: "a", Target: "b"}, {Source: "a", Target: "c"}, {Source: "b", Target: "first"}, {Source: "c", Target: "first"}}}
	large = &flow.Blueprint{ID: "large", Nodes: []flow.Node{{ID: "a", Uses: "large"}, {ID: "b", Uses: "large"}}}
	code  = flow.Registry{
		"large": flow.Func(func(context.Context, json.RawMessage) (string, error) { return strings.Repeat("x", 400_000), nil }),
		"keys": flow.TaskFunc(func(_ context.Context, task *flow.Task, _ json.RawMessage) (flow.Result, error) {
			return flow.Result{Output: 1}, errors.Join(task.Set("one", 1), task.Set("two", 2))
		}),
		"fails": flow.Func(func(context.Context, json.RawMessage) (int, error) { return 0, errors.New("not yet") }),
	}
)

// The engine's requests to the tables are exactly those that the worker's role
// allows: with a missing permission runs would stop, and any other is not needed.
func TestWorkerIsAllowedItsRequests(t *testing.T) {
	w := newWorld(t)
	w.start("busy", "brief")
	w.drain()
	w.compare("WorkerRole")
}

// The same for the reconciler, which finds a lost message, a retry far away and
// then due, and a run whose last node is done but which has not ended.
func TestReconcilerIsAllowedItsRequests(t *testing.T) {
	w := newWorld(t)
	w.start("busy", "large")
	w.drain()
	w.reopen()
	w.start("brief") // and its message is lost
	clear(w.recorded.seen)
	for _, later := range []time.Duration{10 * time.Minute, 50 * time.Minute} {
		if stats := w.tick(later); stats.FailedRuns+stats.FailedTimers > 0 {
			t.Fatalf("tick: %+v", stats)
		}
	}
	w.compare("ReconcilerRole")
}

// world is an engine on tables whose requests are recorded.
type world struct {
	t        *testing.T
	recorded *requests
	client   *dynamodb.Client
	store    *dynamo.Store
	queue    *memory.Queue
	engine   *engine.Engine
	runs     []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := servers.DynamoDB(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	w := &world{t: t, client: dynamodb.NewFromConfig(servers.AWSConfig(server.Endpoint)), queue: memory.NewQueue()}
	if err := dynamo.CreateTables(t.Context(), w.client, names); err != nil {
		t.Fatal(err)
	}
	w.recorded = &requests{API: w.client, seen: map[string]bool{}}
	w.store = dynamo.New(w.recorded, names, dynamo.Config{})
	w.engine, err = engine.New(w.store, w.queue, code, engine.Config{Blueprints: []*flow.Blueprint{busy, brief, large}, Now: w.queue.Now})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) start(blueprints ...string) {
	w.t.Helper()
	for _, id := range blueprints {
		run, err := client.New(w.queue, nil).Start(w.t.Context(), id, 1)
		if err != nil {
			w.t.Fatal(err)
		}
		w.runs = append(w.runs, run)
	}
}

func (w *world) drain() {
	w.t.Helper()
	if err := w.queue.Drain(w.t.Context(), w.engine); err != nil {
		w.t.Fatal(err)
	}
}

// reopen restores the last run to its state before it ended.
func (w *world) reopen() {
	w.t.Helper()
	if _, err := w.client.UpdateItem(w.t.Context(), &dynamodb.UpdateItemInput{
		TableName:                &names.Status,
		Key:                      map[string]types.AttributeValue{"runId": &types.AttributeValueMemberS{Value: w.runs[len(w.runs)-1]}},
		UpdateExpression:         new("SET #s = :r, active = :a REMOVE finishedAt, resultRef"),
		ExpressionAttributeNames: map[string]string{"#s": "status"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":r": &types.AttributeValueMemberS{Value: "running"}, ":a": &types.AttributeValueMemberS{Value: "0"},
		},
	}); err != nil {
		w.t.Fatal(err)
	}
}

// tick lets a reconciler process the runs, later.
func (w *world) tick(later time.Duration) engine.Stats {
	w.t.Helper()
	now := w.queue.Now().Add(later)
	store := dynamo.New(w.recorded, names, dynamo.Config{Now: func() time.Time { return now }})
	reconciler, err := engine.NewReconciler(store, dynamo.NewCoordinationStore(store), memory.NewQueue(), engine.ReconcilerConfig{
		Config: engine.Config{Now: func() time.Time { return now }},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	stats, err := reconciler.Tick(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return stats
}

// compare compares the requests with the permissions of a role.
func (w *world) compare(role string) {
	w.t.Helper()
	var allowed []string
	for _, permission := range granted(synthesize(w.t, nil), role) {
		if strings.HasPrefix(permission, "dynamodb:") {
			allowed = append(allowed, permission)
		}
	}
	if diff := cmp.Diff(allowed, slices.Sorted(maps.Keys(w.recorded.seen))); diff != "" {
		w.t.Errorf("%s (-allowed +requested):\n%s", role, diff)
	}
}
