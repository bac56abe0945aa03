package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/internal/access"
	"github.com/flowcraft-go/flowcraft/internal/deadletters"
	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// grantsOf returns the statements of four roles, each with one grant of a Flow.
func grantsOf(t *testing.T, settings map[string]any, key bool) map[string][]access.Statement {
	t.Helper()
	stack := awscdk.NewStack(newApp(t, nil), new("flowcraft-dev"), nil)
	props := settingsOf(t, settings).Props
	if key {
		props.EncryptionKey = awskms.NewKey(stack, new("Key"), nil)
	}
	flows, err := flowcdk.New(stack, "Flow", props)
	if err != nil {
		t.Fatal(err)
	}
	for id, grant := range map[string]func(awsiam.IGrantable){
		"Starter": flows.GrantStart, "Reader": flows.GrantRead, "Inspector": flows.GrantInspect, "Operator": flows.GrantOperate,
	} {
		grant(awsiam.NewRole(stack, &id, &awsiam.RoleProps{AssumedBy: awsiam.NewServicePrincipal(new("ecs-tasks.amazonaws.com"), nil)}))
	}
	of := map[string][]access.Statement{}
	for id, resource := range read(t, stack).Resources {
		if resource["Type"] == "AWS::IAM::Policy" {
			name, _, _ := strings.Cut(id, "DefaultPolicy")
			of[name] = append(of[name], statements(resource)...)
		}
	}
	return of
}

func statements(policy map[string]any) (all []access.Statement) {
	texts := func(values any) (texts []string) {
		for _, v := range list(values) {
			texts = append(texts, fmt.Sprint(v))
		}
		return texts
	}
	for _, s := range list(at(policy, "Properties.PolicyDocument.Statement")) {
		found := access.Statement{Actions: texts(at(s, "Action"))}
		for _, arn := range list(at(s, "Resource")) {
			found.Resources = append(found.Resources, named(arn))
		}
		if condition := at(s, "Condition"); condition != nil {
			found.Attributes = texts(at(condition, "ForAllValues:StringEquals.dynamodb:Attributes"))
			found.Select, _ = at(condition, "StringEquals.dynamodb:Select").(string)
		}
		all = append(all, found)
	}
	return all
}

// listed returns statements as "action resource", with a mark if there is a condition.
func listed(all []access.Statement) (permissions []string) {
	for _, s := range all {
		for _, action := range s.Actions {
			for _, resource := range s.Resources {
				text := action + " " + resource
				if s.Select != "" && len(s.Attributes) > 0 {
					text += " of some attributes"
				}
				permissions = append(permissions, text)
			}
		}
	}
	slices.Sort(permissions)
	return slices.Compact(permissions)
}

// A grantee has exactly the permissions listed here.
func TestGrants(t *testing.T) {
	reading := []string{"dynamodb:BatchGetItem Context", "dynamodb:BatchGetItem Status", "dynamodb:Query Context", "dynamodb:Query Status/attention", "dynamodb:Query Status/list"}
	dead := []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"}
	want := map[string][]string{
		"Starter": {"sqs:SendMessage Intake"},
		"Reader":  reading,
		"Inspector": {
			"dynamodb:BatchGetItem Status of some attributes", "dynamodb:Query Context of some attributes",
			"dynamodb:Query Status/attention", "dynamodb:Query Status/list",
		},
		"Operator": append(slices.Clone(reading), "sqs:GetQueueAttributes Intake", "sqs:GetQueueAttributes Queue", "sqs:SendMessage Intake", "sqs:SendMessage Queue"),
	}
	for _, action := range dead {
		want["Operator"] = append(want["Operator"], action+" DeadLetters", action+" IntakeDeadLetters")
	}
	slices.Sort(want["Operator"])
	got := map[string][]string{}
	for role, all := range grantsOf(t, map[string]any{"intake": true}, false) {
		got[role] = listed(all)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

// With a key, each grant includes the uses of it that AWS asks for, and no others.
// Without an intake queue a starter may send to the work queue.
func TestGrantsOfAKey(t *testing.T) {
	got := map[string]string{}
	for role, all := range grantsOf(t, nil, true) {
		for _, permission := range listed(all) {
			if action, resource, _ := strings.Cut(permission, " "); strings.HasPrefix(action, "kms:") {
				got[role] += action + " "
				if !strings.Contains(resource, "Key") {
					t.Errorf("%s may %s", role, permission)
				}
			}
		}
		if may := slices.Contains(listed(all), "sqs:SendMessage Queue"); may != (role == "Starter" || role == "Operator") {
			t.Errorf("%s may send to the work queue: %v", role, may)
		}
	}
	want := map[string]string{
		"Starter": "kms:Decrypt kms:GenerateDataKey ", "Reader": "kms:Decrypt kms:DescribeKey ",
		"Inspector": "kms:Decrypt kms:DescribeKey ", "Operator": "kms:Decrypt kms:DescribeKey kms:GenerateDataKey ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uses of the key (-want +got):\n%s", diff)
	}
}

// guard answers requests as AWS does to a role that has some permissions, and none else.
type guard struct {
	allowed []access.Statement
	mu      sync.Mutex
	refused map[string]bool
}

func (g *guard) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	missing, err := access.Refused(g.allowed, request.Header.Get("X-Amz-Target"), body)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, permission := range missing {
			g.refused[permission] = true
		}
		return &http.Response{
			StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
			Body: io.NopCloser(strings.NewReader(`{"__type":"com.amazonaws#AccessDeniedException","message":"` + strings.Join(missing, ", ") + `"}`)),
		}, nil
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	return http.DefaultClient.Do(request)
}

// office has queues and tables with their names in the template, and roles that use
// them.
type office struct {
	t       *testing.T
	tables  aws.Config
	queues  aws.Config
	urls    map[string]string
	guarded *guard
}

// as returns the clients of a role.
func (d *office) as(allowed []access.Statement) (*dynamo.Store, *sqs.Client) {
	d.guarded = &guard{allowed: allowed, refused: map[string]bool{}}
	ofTables, ofQueues := d.tables.Copy(), d.queues.Copy()
	ofTables.HTTPClient, ofQueues.HTTPClient = d.guarded, d.guarded
	return dynamo.New(dynamodb.NewFromConfig(ofTables), names, dynamo.Config{}), sqs.NewFromConfig(ofQueues)
}

// wants requires that an action was refused for lack of permissions, or was not.
func (d *office) wants(name string, err error, refused ...string) {
	d.t.Helper()
	if (err != nil) != (len(refused) > 0) {
		d.t.Errorf("%s: error %v, want %d permissions that are missing", name, err, len(refused))
	}
	if diff := cmp.Diff(refused, slices.Sorted(maps.Keys(d.guarded.refused))); diff != "" {
		d.t.Errorf("%s: missing permissions (-want +got):\n%s", name, diff)
	}
	clear(d.guarded.refused)
}

func newGranted(t *testing.T) (*office, string) {
	t.Helper()
	tableServer, err := servers.DynamoDB(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tableServer.Stop)
	queueServer, err := servers.SQS(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queueServer.Stop)
	d := &office{t: t, tables: servers.AWSConfig(tableServer.Endpoint), queues: servers.AWSConfig(queueServer.Endpoint), urls: map[string]string{}}
	for _, name := range []string{"Queue", "DeadLetters", "Intake", "IntakeDeadLetters"} {
		made, err := sqs.NewFromConfig(d.queues).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
		if err != nil {
			t.Fatal(err)
		}
		d.urls[name] = *made.QueueUrl
	}
	database := dynamodb.NewFromConfig(d.tables)
	if err := dynamo.CreateTables(t.Context(), database, names); err != nil {
		t.Fatal(err)
	}
	return d, failedRun(t, dynamo.New(database, names, dynamo.Config{}))
}

const secret = "the-secret-value"

// failedRun makes a run that has the secret everywhere: in its input, an output, a
// context key, the blueprint and the message of its error.
func failedRun(t *testing.T, store *dynamo.Store) string {
	t.Helper()
	queue := memory.NewQueue()
	b := &flow.Blueprint{ID: "b",
		Nodes: []flow.Node{{ID: "says", Uses: "says", Params: []byte(`{"text":"` + secret + `"}`)}, {ID: "fails", Uses: "fails"}},
		Edges: []flow.Edge{{Source: "says", Target: "fails"}},
	}
	e, err := engine.New(store, queue, flow.Registry{
		"says": flow.TaskFunc(func(_ context.Context, task *flow.Task, input string) (flow.Result, error) {
			return flow.Result{Output: secret, Action: secret}, task.Set("key", secret)
		}),
		"fails": flow.Func(func(context.Context, string) (string, error) { return "", flow.Permanent(errors.New(secret)) }),
	}, engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now})
	if err != nil {
		t.Fatal(err)
	}
	run, err := client.New(queue, nil).Start(t.Context(), "b", secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Drain(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return run
}

// Each grant alone is enough for the commands that it is for, and for none of the others.
func TestEachGrantAlone(t *testing.T) {
	grants := grantsOf(t, map[string]any{"intake": true}, false)
	d, run := newGranted(t)
	ctx := t.Context()

	_, queues := d.as(grants["Starter"])
	_, err := client.New(sqsqueue.New(queues, d.urls["Intake"], sqsqueue.Config{}), nil).Start(ctx, "b", 1)
	d.wants("a start by a starter", err)
	err = client.New(sqsqueue.New(queues, d.urls["Intake"], sqsqueue.Config{}), nil).Cancel(ctx, run, "")
	d.wants("a cancel by a starter", err)
	_, err = client.New(sqsqueue.New(queues, d.urls["Queue"], sqsqueue.Config{}), nil).Start(ctx, "b", 1)
	d.wants("a message to the work queue by a starter", err, "sqs:SendMessage Queue")

	store, _ := d.as(grants["Reader"])
	report, err := client.New(nil, store).Report(ctx, run)
	d.wants("a report to a reader", err)
	if !strings.Contains(texted(report), secret) {
		t.Errorf("the report has no values: %s", texted(report))
	}

	store, queues = d.as(grants["Inspector"])
	outline, err := client.New(nil, store.Outline()).Inspect(ctx, run)
	d.wants("an inspection by an inspector", err)
	if outline == nil || outline.Status != flow.Failed || outline.Error.Code == "" || outline.Error.NodeID != "fails" || len(outline.Nodes) != 2 ||
		outline.Nodes[0].State != flow.TaskDone || outline.Nodes[0].StartedAt == nil || strings.Contains(texted(outline), secret) {
		t.Errorf("an inspector sees %s", texted(outline))
	}
	_, err = client.New(nil, store).Report(ctx, run)
	d.wants("a report to an inspector", err, "dynamodb:BatchGetItem Status")
	for _, err = range store.Tasks(ctx, state.TaskQuery{RunID: run, Bare: true}) {
	}
	d.wants("bare records to an inspector", err, "dynamodb:Query Context")
	_, err = client.New(sqsqueue.New(queues, d.urls["Intake"], sqsqueue.Config{}), nil).Start(ctx, "b", 1)
	d.wants("a start by an inspector", err, "sqs:SendMessage Intake")

	d.operate(grants["Operator"])
}

// operate sends a dead letter again, as an operator.
func (d *office) operate(allowed []access.Statement) {
	store, queues := d.as(allowed)
	body := `{"type":"start","blueprintId":"b","runId":"again","input":1}`
	if _, err := sqs.NewFromConfig(d.queues).SendMessage(d.t.Context(), &sqs.SendMessageInput{QueueUrl: new(d.urls["DeadLetters"]), MessageBody: &body}); err != nil {
		d.t.Fatal(err)
	}
	redrive := deadletters.Redrive{
		Client: queues, Queue: d.urls["Queue"], URL: d.urls["DeadLetters"],
		DeadLetters: sqsqueue.New(queues, d.urls["DeadLetters"], sqsqueue.Config{}), Now: time.Now,
		Each: func(deadletters.Letter) error { return nil }, Failed: func(_ deadletters.Letter, reason string) { d.t.Error(reason) },
	}
	stats, err := redrive.Run(d.t.Context())
	d.wants("letters sent again by an operator", err)
	if stats.Redriven != 1 {
		d.t.Errorf("%+v, want one letter sent again", stats)
	}
	_, err = store.Run(d.t.Context(), "none")
	if !errors.Is(err, flow.ErrNotFound) {
		d.t.Errorf("an operator reads a run: %v", err)
	}
}

// The attributes that an inspector may read are exactly those that the reader without
// values requests.
func TestInspectorReadsExactlyItsAttributes(t *testing.T) {
	for _, s := range grantsOf(t, map[string]any{"intake": true}, false)["Inspector"] {
		want := map[string][]string{"Status": tables.InspectedRun(), "Context": tables.InspectedTask()}[s.Resources[0]]
		if diff := cmp.Diff(want, s.Attributes); diff != "" {
			t.Errorf("%s (-read +granted):\n%s", s.Resources[0], diff)
		}
	}
}
