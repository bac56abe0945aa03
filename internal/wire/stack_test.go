package wire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/internal/wire"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// stack is the two servers, with the tables and the queue of one case.
type stack struct {
	dynamo, sqs *servers.Server
	names       dynamo.Names
	queueURL    string
}

// transport keeps connections open between the trials.
var transport = &http.Transport{MaxIdleConnsPerHost: 16}

func newStack(t *testing.T, db, queues *servers.Server, name string) *stack {
	t.Helper()
	created, err := sqs.NewFromConfig(servers.AWSConfig(queues.Endpoint)).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	s := &stack{db, queues, dynamo.Names{Context: name + "-context", Status: name + "-status", Coordination: name + "-coordination"}, *created.QueueUrl}
	if err := dynamo.CreateTables(t.Context(), dynamodb.NewFromConfig(servers.AWSConfig(db.Endpoint)), s.names); err != nil {
		t.Fatal(err)
	}
	return s
}

func startServers(t *testing.T) (db, queues *servers.Server) {
	t.Helper()
	return serverstest.DynamoDB(t), serverstest.SQS(t)
}

// clients returns a store and a queue over a wire. The SDK retries as often as in
// production, but at once; so do the two packages.
func (s *stack) clients(w *wire.Wire, now func() time.Time) (*dynamo.Store, *sqsqueue.Queue) {
	config := func(endpoint string) aws.Config {
		c := servers.AWSConfig(endpoint)
		c.HTTPClient = &http.Client{Transport: w}
		c.Retryer = func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		}
		return c
	}
	half := func() float64 { return 0.5 }
	store := dynamo.New(dynamodb.NewFromConfig(config(s.dynamo.Endpoint)), s.names, dynamo.Config{Now: now, Jitter: half, Sleep: w.Pause})
	queue := sqsqueue.New(sqs.NewFromConfig(config(s.sqs.Endpoint)), s.queueURL, sqsqueue.Config{Jitter: half, Wait: w.Pause})
	return store, queue
}
