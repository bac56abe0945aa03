package dynamo

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/internal/suites"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var (
	testNames  = Names{Context: "context", Status: "status", Coordination: "coordination"}
	testLayout = items{layout{testNames}}
)

// now is the time of all tests, in whole seconds.
var now = suites.Now

// fixture is a store with tables of its own, and the requests on its wire.
type fixture struct {
	*Store
	client *dynamodb.Client
	wire   *wire
}

// setup starts a server with empty tables.
func setup(t *testing.T) fixture {
	t.Helper()
	wire := &wire{}
	client := dynamodb.NewFromConfig(servers.AWSConfig(serverstest.DynamoDB(t).Endpoint), func(o *dynamodb.Options) {
		o.HTTPClient = &http.Client{Transport: wire}
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		o.APIOptions = append(o.APIOptions, wire.meter)
	})
	if err := CreateTables(t.Context(), client, testNames); err != nil {
		t.Fatal(err)
	}
	return fixture{New(client, testNames, Config{Now: func() time.Time { return now }}), client, wire}
}

// wire counts requests and the capacity they consumed, and can lose answers.
type wire struct {
	mu       sync.Mutex
	requests []string // the operations
	capacity float64
	lose     string // the operation whose next answer is lost
}

func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	w.mu.Lock()
	w.requests = append(w.requests, operation)
	lose := w.lose == operation
	if lose {
		w.lose = ""
	}
	w.mu.Unlock()
	response, err := http.DefaultTransport.RoundTrip(request)
	if lose && err == nil {
		response.Body.Close()
		return nil, syscall.ECONNRESET
	}
	return response, err
}

// meter asks for the consumed capacity of every request and adds it up.
func (w *wire) meter(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("meter",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			if ask := reflect.ValueOf(in.Parameters).Elem().FieldByName("ReturnConsumedCapacity"); ask.IsValid() {
				ask.Set(reflect.ValueOf(types.ReturnConsumedCapacityTotal))
			}
			out, metadata, err := next.HandleInitialize(ctx, in)
			if out.Result != nil && err == nil {
				w.consume(reflect.ValueOf(out.Result).Elem().FieldByName("ConsumedCapacity"))
			}
			return out, metadata, err
		}), middleware.Before)
}

func (w *wire) consume(field reflect.Value) {
	if !field.IsValid() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch consumed := field.Interface().(type) {
	case *types.ConsumedCapacity:
		if consumed != nil {
			w.capacity += aws.ToFloat64(consumed.CapacityUnits)
		}
	case []types.ConsumedCapacity:
		for _, one := range consumed {
			w.capacity += aws.ToFloat64(one.CapacityUnits)
		}
	}
}

// during returns the operations of do, and the capacity they consumed.
func (w *wire) during(do func()) ([]string, float64) {
	w.mu.Lock()
	w.requests, w.capacity = nil, 0
	w.mu.Unlock()
	do()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests, w.capacity
}

func (w *wire) loseNext(operation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose = operation
}

// stored returns an item as it is in its table.
func (f fixture) stored(t *testing.T, p place) item {
	t.Helper()
	out, err := f.client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &p.table, Key: p.item(), ConsistentRead: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// parts counts the parts of large values of a run.
func (f fixture) parts(t *testing.T, partition string) int {
	t.Helper()
	count := 0
	for it := range f.scan(t, testNames.Context) {
		if it[tables.Part] != nil && owner(it) == partition {
			count++
		}
	}
	return count
}

// scan yields all items of a table.
func (f fixture) scan(t *testing.T, table string) iter.Seq[item] {
	t.Helper()
	return func(yield func(item) bool) {
		pages := dynamodb.NewScanPaginator(f.client, &dynamodb.ScanInput{TableName: &table, ConsistentRead: new(true)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range page.Items {
				if !yield(it) {
					return
				}
			}
		}
	}
}

func (f fixture) load(t *testing.T, read state.ReadSet) state.Snapshot {
	t.Helper()
	snapshot, err := f.Load(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func (f fixture) create(t *testing.T, run state.Run) {
	t.Helper()
	if _, err := f.Create(t.Context(), run); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) commit(t *testing.T, transition state.Transition) {
	t.Helper()
	if _, err := f.Commit(t.Context(), transition); err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	values := cmp.FilterValues(func(a, b json.RawMessage) bool { return len(a)+len(b) > 0 },
		cmp.Comparer(func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }))
	if diff := cmp.Diff(want, got, values, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// fullRun returns a run with every field that is stored.
func fullRun() state.Run {
	return state.Run{
		ID: "run-1", BlueprintID: "order", BlueprintVersion: "3", BlueprintHash: "abc", Tenant: "acme",
		Status: flow.Failed, Epoch: 2, StartedAt: now, LastUpdated: now.Add(time.Second),
		FinishedAt: now.Add(1234 * time.Millisecond), Awaiting: []string{"a", "b@x.1"}, Active: true, Rescues: 1,
		Result:  []byte(`{"total":9007199254740993}`),
		Error:   &flow.Failure{Code: "error", Message: "no < stock", NodeID: "ship", Attempt: 2, Cause: []string{"a", "b"}},
		Expires: now.Add(time.Hour + state.RunOutlives), StartMessageID: "m-1", StartOwner: "me", StartLeaseUntil: now.Add(time.Minute),
		InputHash: "def", Format: state.Format, EndsBy: now.Add(time.Minute), Items: true,
	}
}

// fullTask returns a task with every field.
func fullTask() state.TaskRecord {
	return state.TaskRecord{
		RunID: "run-1", TaskKey: state.TaskKey{Node: "a#b/c", Scope: "poll.3/batch[17]"},
		State: flow.TaskDone, Owner: "me", LeaseUntil: now.Add(time.Minute), Via: state.ViaInline, Starts: 1, Failures: 2,
		DueAt: now.Add(time.Second), FiredBy: "left", StartedAt: now, FinishedAt: now.Add(5 * time.Millisecond),
		Output: []byte(`{"n": 9007199254740993, "s":"ü<&"}`), Action: "ok",
		Edges:   []state.TakenEdge{{Index: 0}, {Index: 4, Value: []byte(`null`)}},
		Error:   &flow.Failure{Code: "timeout", Message: "too slow"},
		Expires: now.Add(time.Hour),
	}
}
