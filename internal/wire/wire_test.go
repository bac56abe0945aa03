package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/wire"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// service answers every request with the same body, and records the bodies.
type service struct {
	answer string
	got    []string
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	s.got = append(s.got, string(body))
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.answer))}, err
}

// once returns a configuration whose clients make each request once.
func once(w *wire.Wire) aws.Config {
	config := servers.AWSConfig("http://127.0.0.1")
	config.HTTPClient = &http.Client{Transport: w}
	config.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	return config
}

// TestFaults checks the SDK's reaction to each fault, and whether the request takes
// effect.
func TestFaults(t *testing.T) {
	t.Parallel()
	code := func(want string) func(error) bool {
		return func(err error) bool {
			api, ok := errors.AsType[smithy.APIError](err)
			return ok && api.ErrorCode() == want
		}
	}
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	for _, tc := range []struct {
		fault       fault.Kind
		dynamo, sqs func(error) bool
		effect      int
	}{
		{"", is(nil), is(nil), 1},
		{fault.RequestLost, is(syscall.ECONNREFUSED), is(syscall.ECONNREFUSED), 0},
		{fault.AnswerLost, is(syscall.ECONNRESET), is(syscall.ECONNRESET), 1},
		{fault.AnswerTorn, is(io.ErrUnexpectedEOF), is(io.ErrUnexpectedEOF), 1},
		{fault.Refused, code("ProvisionedThroughputExceededException"), code("ThrottlingException"), 0},
		{fault.ServerError, code("InternalServerError"), code("InternalFailure"), 0},
		{fault.ServerErrorAfter, code("InternalServerError"), code("InternalFailure"), 1},
		{fault.Conflict, code("TransactionConflictException"), is(nil), 0},
	} {
		t.Run(string(tc.fault), func(t *testing.T) {
			t.Parallel()
			s := &service{answer: `{"Attributes":{}}`}
			w := wire.New(s)
			w.Strike(fault.Plan{Kind: tc.fault}, 1)
			_, err := dynamodb.NewFromConfig(once(w)).UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
				TableName: new("t"), Key: map[string]types.AttributeValue{"k": &types.AttributeValueMemberS{Value: "v"}},
			})
			if !tc.dynamo(err) || len(s.got) != tc.effect {
				t.Errorf("UpdateItem = %v after %d requests, want %d", err, len(s.got), tc.effect)
			}
			s.got, s.answer = nil, `{"Attributes":{}}`
			w.Strike(fault.Plan{Kind: tc.fault, Request: "GetQueueAttributes"}, 1)
			_, err = sqs.NewFromConfig(once(w)).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: new("q")})
			if effect := len(s.got); !tc.sqs(err) || effect != tc.effect && tc.fault != fault.Conflict {
				t.Errorf("GetQueueAttributes = %v after %d requests, want %d", err, effect, tc.effect)
			}
		})
	}
}

// sender is a function as a queue.
type sender func(context.Context) error

func (s sender) Send(ctx context.Context, _ ...flow.Outgoing) error { return s(ctx) }

func TestRequests_know_which_one_of_the_engine_they_serve(t *testing.T) {
	t.Parallel()
	w := wire.New(&service{answer: `{}`})
	client := sqs.NewFromConfig(once(w))
	ask := sender(func(ctx context.Context) error {
		_, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: new("q")})
		return err
	})
	plan, err := fault.Parse("lose the request of GetQueueAttributes for send 1 message")
	if err != nil {
		t.Fatal(err)
	}
	w.Strike(plan, 1)
	if err := ask.Send(t.Context()); err != nil {
		t.Errorf("a request that serves none came to %v", err)
	}
	if err := fault.NewInjector(nil, ask).Send(t.Context(), flow.Outgoing{}); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the engine's request came to %v, want it lost", err)
	}
	if got := fmt.Sprint(w.Requests()); got != "[GetQueueAttributes GetQueueAttributes for send 1 message]" {
		t.Errorf("the requests are %s", got)
	}
}

func TestPartialRead_reads_half_of_the_keys(t *testing.T) {
	t.Parallel()
	s := &service{answer: `{"Responses":{"a":[]},"UnprocessedKeys":{}}`}
	w := wire.New(s)
	w.Strike(fault.Plan{Kind: fault.PartialRead}, 1)
	key := func(v string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"k": &types.AttributeValueMemberS{Value: v}}
	}
	out, err := dynamodb.NewFromConfig(once(w)).BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		"a": {Keys: []map[string]types.AttributeValue{key("1"), key("2")}, ConsistentRead: new(true)},
		"b": {Keys: []map[string]types.AttributeValue{key("3")}, ConsistentRead: new(true)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"RequestItems":{"a":{"Keys":[{"k":{"S":"1"}}],"ConsistentRead":true}}}`; len(s.got) != 1 || s.got[0] != want {
		t.Errorf("the service got %v, want %s", s.got, want)
	}
	a, b := out.UnprocessedKeys["a"], out.UnprocessedKeys["b"]
	if len(a.Keys) != 1 || len(b.Keys) != 1 || !aws.ToBool(b.ConsistentRead) {
		t.Errorf("unprocessed keys = %v", out.UnprocessedKeys)
	}
}

func TestPartialSend_refuses_half_of_the_entries(t *testing.T) {
	t.Parallel()
	s := &service{answer: `{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661"}]}`}
	w := wire.New(s)
	client := sqs.NewFromConfig(once(w))
	send := func(bodies ...string) *sqs.SendMessageBatchOutput {
		t.Helper()
		in := &sqs.SendMessageBatchInput{QueueUrl: new("q")}
		for i, body := range bodies {
			in.Entries = append(in.Entries, sqstypes.SendMessageBatchRequestEntry{Id: new(string(rune('0' + i))), MessageBody: &body})
		}
		out, err := client.SendMessageBatch(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	w.Strike(fault.Plan{Kind: fault.PartialSend}, 2)
	out := send("a", "b")
	if len(out.Successful) != 1 || len(out.Failed) != 1 || *out.Failed[0].Id != "1" || out.Failed[0].SenderFault {
		t.Errorf("of two = %+v, want the second one failed, for no fault of the sender's", out)
	}
	if out := send("a"); len(out.Successful) != 0 || len(out.Failed) != 1 || len(s.got) != 1 {
		t.Errorf("of one = %+v after %d requests, want it failed without a request", out, len(s.got))
	}
}

func TestLag_repeats_the_last_answer(t *testing.T) {
	t.Parallel()
	s := &service{answer: `{"Count":1,"Items":[{"k":{"S":"old"}}]}`}
	w := wire.New(s)
	client := dynamodb.NewFromConfig(once(w))
	query := func(shard string) int {
		t.Helper()
		out, err := client.Query(t.Context(), &dynamodb.QueryInput{
			TableName: new("t"), IndexName: new("active"), KeyConditionExpression: new("s = :s"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":s": &types.AttributeValueMemberS{Value: shard}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Items)
	}
	query("1")
	s.answer = `{"Count":0,"Items":[]}`
	w.Lag(true)
	if asked, other := query("1"), query("2"); asked != 1 || other != 0 || len(s.got) != 1 {
		t.Errorf("%d items of the shard asked before, %d of the other, %d requests; want 1, 0, 1", asked, other, len(s.got))
	}
	w.Lag(false)
	if got := query("1"); got != 0 {
		t.Errorf("%d items when it does not lag, want 0", got)
	}
}
