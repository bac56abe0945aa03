package flowaws

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
)

// listen is the address of a server that lets serve answer each of its connections,
// numbered from 1.
func listen(t *testing.T, serve func(connection net.Conn, number int)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for number := 1; ; number++ {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { connection.Close() })
			go serve(connection, number)
		}
	}()
	return "http://" + listener.Addr().String()
}

// listed are the queues that a server names to a client with the limits.
func listed(t *testing.T, endpoint string) ([]string, error) {
	t.Helper()
	stack, err := New(servers.AWSConfig(""), Names{QueueURL: "http://127.0.0.1/queue"}, Config{SQSEndpoint: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := stack.SQS.ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil {
		return nil, err
	}
	return out.QueueUrls, nil
}

func answer(connection net.Conn) {
	request, err := http.ReadRequest(bufio.NewReader(connection))
	if err != nil {
		return
	}
	const body = `{"QueueUrls":["it answers"]}`
	response := http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: request, ContentLength: int64(len(body)), Close: true,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: http.NoBody}
	response.Body = readCloser{strings.NewReader(body)}
	_ = response.Write(connection)
	connection.Close()
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// A connection that stays silent costs an attempt, not all the time there is.
func TestSilentConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	urls, err := listed(t, listen(t, func(connection net.Conn, number int) {
		if number > 1 {
			answer(connection)
		}
	}))
	if err != nil || len(urls) != 1 || urls[0] != "it answers" {
		t.Fatalf("%v, %v, want the answer of the second connection", urls, err)
	}
}

type fakeClient struct{ did int }

func (f *fakeClient) Do(*http.Request) (*http.Response, error) { f.did++; return &http.Response{}, nil }

func TestLargeRequestsAndPollsHaveMoreTime(t *testing.T) {
	t.Parallel()
	var quick, large, poll fakeClient
	is := func(c aws.HTTPClient) func() aws.HTTPClient { return func() aws.HTTPClient { return c } }
	client := &patientClient{is(&quick), is(&large), is(&poll)}
	for _, target := range []string{"", "AmazonSQS.SendMessageBatch", "DynamoDB_20120810.PutItem", "AmazonSQS.ReceiveMessage"} {
		for _, length := range []int64{-1, 0, largeRequest, largeRequest + 1, 4 << 20} {
			if _, err := client.Do(&http.Request{ContentLength: length, Header: http.Header{"X-Amz-Target": {target}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if quick.did != 9 || large.did != 6 || poll.did != 5 {
		t.Errorf("%d quick and %d large requests and %d polls, want 9, 6 and 5", quick.did, large.did, poll.did)
	}
}

// A poll waits for messages longer than other requests may take.
func TestPollsWaitForMessages(t *testing.T) {
	t.Parallel()
	server := serverstest.SQS(t)
	stack, err := New(servers.AWSConfig(""), Names{QueueURL: server.Endpoint + "/000000000000/empty"}, Config{SQSEndpoint: server.Endpoint})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stack.SQS.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("empty")}); err != nil {
		t.Fatal(err)
	}
	out, err := stack.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: new(server.Endpoint + "/000000000000/empty"), WaitTimeSeconds: 3})
	if err != nil || len(out.Messages) > 0 {
		t.Errorf("%v, %v, want no message and no error", out, err)
	}
}

func TestOwnClientAndRetryerAreKept(t *testing.T) {
	t.Parallel()
	own := &fakeClient{}
	cfg := bounded(aws.Config{HTTPClient: own, Retryer: func() aws.Retryer { return aws.NopRetryer{} }}, 1)
	if cfg.HTTPClient != own || cfg.Retryer().MaxAttempts() != (aws.NopRetryer{}).MaxAttempts() {
		t.Errorf("the client is %T, the retryer %T, want those of the configuration", cfg.HTTPClient, cfg.Retryer())
	}
	if got := bounded(aws.Config{RetryMaxAttempts: 7}, 1).Retryer().MaxAttempts(); got != 7 {
		t.Errorf("%d attempts, want those of the configuration", got)
	}
	if _, ok := bounded(aws.Config{}, 1).Retryer().(*retry.Standard); !ok {
		t.Error("without a retryer there is no standard one")
	}
}
