package sqsqueue_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// wire breaks requests between the SDK and the server: on is called for each
// SendMessageBatch with its number, from 1.
type wire struct {
	requests atomic.Int64
	on       func(request int64, next func() (*http.Response, error)) (*http.Response, error)
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	next := func() (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) }
	if w.on == nil || !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "SendMessageBatch") {
		return next()
	}
	return w.on(w.requests.Add(1), next)
}

var errCut = errors.New("connection cut")

// loseResponse lets the server handle the request, and drops its answer.
func loseResponse(next func() (*http.Response, error)) (*http.Response, error) {
	if response, err := next(); err == nil {
		response.Body.Close()
	}
	return nil, errCut
}

func throttle() (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusBadRequest,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:       io.NopCloser(strings.NewReader(`{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}`)),
	}, nil
}

// local is a separate queue on a server, with a wire in between.
type local struct {
	*sqsqueue.Queue
	client *sqs.Client
	url    *string
	wire   *wire
}

func newLocal(t *testing.T, server *servers.Server) *local {
	t.Helper()
	w := &wire{}
	config := servers.AWSConfig(server.Endpoint)
	config.HTTPClient = &http.Client{Transport: w}
	config.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
	client := sqs.NewFromConfig(config)
	created, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("flow-" + rand.Text())})
	if err != nil {
		t.Fatal(err)
	}
	return &local{sqsqueue.New(client, *created.QueueUrl, sqsqueue.Config{}), client, created.QueueUrl, w}
}

func (l *local) receive(t *testing.T) []types.Message {
	t.Helper()
	out, err := l.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: l.url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Messages
}

// count returns the number of messages of each body that can be received now.
func (l *local) count(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for messages := l.receive(t); len(messages) > 0; messages = l.receive(t) {
		for _, m := range messages {
			counts[*m.Body]++
		}
	}
	return counts
}

func decode(m types.Message) state.Message {
	attributes := map[string]string{}
	for name, value := range m.MessageAttributes {
		attributes[name] = *value.StringValue
	}
	return sqsqueue.Decode(*m.MessageId, *m.Body, m.Attributes, attributes)
}

func TestServer(t *testing.T) {
	t.Parallel()
	server := serverstest.SQS(t)

	t.Run("sent_messages_are_received", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		sent := flow.Outgoing{Body: `{"runId":"r1","nodeId":"grüße"}`, Tenant: "acme", Attributes: map[string]string{state.AttributeID: "first"}}
		if err := l.Send(t.Context(), sent); err != nil {
			t.Fatal(err)
		}
		messages := l.receive(t)
		if len(messages) != 1 {
			t.Fatalf("received %d messages, want 1", len(messages))
		}
		got := decode(messages[0])
		if age := time.Since(got.FirstReceived); age < 0 || age > time.Hour {
			t.Errorf("first received %s ago, want just now", age)
		}
		want := state.Message{ID: *messages[0].MessageId, Body: sent.Body, Receives: 1, FirstReceived: got.FirstReceived, Attributes: sent.Attributes, Sender: "000000000000"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
		if got.OriginalID() != "first" {
			t.Errorf("OriginalID() = %q, want first", got.OriginalID())
		}
	})

	t.Run("all_of_many_arrive", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		if err := l.Send(t.Context(), numbered(23)...); err != nil {
			t.Fatal(err)
		}
		if got := l.count(t); len(got) != 23 {
			t.Errorf("received %d bodies, want 23", len(got))
		}
	})

	t.Run("a_delayed_message_is_invisible", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		if err := l.Send(t.Context(), flow.Outgoing{Body: "late", Delay: state.MaxDelay}, flow.Outgoing{Body: "now"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"now": 1}, l.count(t)); diff != "" {
			t.Errorf("received (-want +got):\n%s", diff)
		}
	})

	t.Run("a_message_returned_at_once_comes_back_with_one_more_receive", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		if err := l.Send(t.Context(), flow.Outgoing{Body: "again"}, flow.Outgoing{Body: "later"}); err != nil {
			t.Fatal(err)
		}
		var returns []sqsqueue.Return
		for _, m := range l.receive(t) {
			r := sqsqueue.Return{ReceiptHandle: *m.ReceiptHandle}
			if *m.Body == "later" {
				r.After = time.Hour
			}
			returns = append(returns, r)
		}
		if err := l.Return(t.Context(), returns...); err != nil {
			t.Fatal(err)
		}
		back := l.receive(t)
		if len(back) != 1 || *back[0].Body != "again" || decode(back[0]).Receives != 2 {
			t.Errorf("came back: %d messages, want the one returned at once, received twice", len(back))
		}
	})
}

func TestWire(t *testing.T) {
	t.Parallel()
	server := serverstest.SQS(t)

	t.Run("a_lost_response_sends_twice_and_loses_nothing", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		l.wire.on = func(request int64, next func() (*http.Response, error)) (*http.Response, error) {
			if request == 1 {
				return loseResponse(next)
			}
			return next()
		}
		if err := l.Send(t.Context(), numbered(3)...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"m0": 2, "m1": 2, "m2": 2}, l.count(t)); diff != "" {
			t.Errorf("received (-want +got):\n%s", diff)
		}
	})

	t.Run("a_throttled_request_is_sent_again", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		l.wire.on = func(request int64, next func() (*http.Response, error)) (*http.Response, error) {
			if request == 1 {
				return throttle()
			}
			return next()
		}
		if err := l.Send(t.Context(), numbered(2)...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"m0": 1, "m1": 1}, l.count(t)); diff != "" {
			t.Errorf("received (-want +got):\n%s", diff)
		}
	})

	t.Run("lasting_throttling_is_an_error_with_the_count", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		l.wire.on = func(request int64, next func() (*http.Response, error)) (*http.Response, error) {
			if request > 1 {
				return throttle()
			}
			return next()
		}
		err := l.Send(t.Context(), numbered(25)...)
		if err == nil || !strings.Contains(err.Error(), "15 of 25 messages not accepted") {
			t.Errorf("Send() = %v", err)
		}
		if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != "RequestThrottled" {
			t.Errorf("Send() = %v, want the API's error in it", err)
		}
		if got := l.count(t); len(got) != 10 {
			t.Errorf("%d messages arrived, want the first 10: %s", len(got), fmt.Sprint(got))
		}
	})

	t.Run("a_connection_that_stays_broken_is_an_error", func(t *testing.T) {
		t.Parallel()
		l := newLocal(t, server)
		l.wire.on = func(_ int64, next func() (*http.Response, error)) (*http.Response, error) { return loseResponse(next) }
		err := l.Send(t.Context(), numbered(1)...)
		if !errors.Is(err, errCut) {
			t.Errorf("Send() = %v, want the connection's error in it", err)
		}
	})
}
