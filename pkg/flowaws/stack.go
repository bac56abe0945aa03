package flowaws

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// Config is everything about a [Stack] that has a default.
type Config struct {
	// DynamoDBEndpoint and SQSEndpoint are the URLs of servers that stand in for
	// those of AWS; "" means what the aws.Config says.
	DynamoDBEndpoint string
	SQSEndpoint      string
	// Idle is the number of connections kept to each service while nothing needs them;
	// 0 means 64.
	Idle int
}

// Stack is the parts of a stack. Those that were not named are nil.
type Stack struct {
	Store *dynamo.Store
	Queue *sqsqueue.Queue
	Locks *dynamo.CoordinationStore

	// DynamoDB and SQS are the SDK's clients behind the parts, for that which the
	// parts do not do, such as [dynamo.CreateTables].
	DynamoDB *dynamodb.Client
	SQS      *sqs.Client
}

// String names the parts.
func (s *Stack) String() string { return describe.Fields(s) }

// New connects to a stack. Nothing is sent yet: names of parts that do not exist
// are noticed by the first request. An error tells everything that cfg and names
// lack. Credentials are those of cfg; so are the HTTP client and the retryer if they are
// not the SDK's own. Otherwise a request has 2 s for its answer (5 s if it is larger
// than 64 KiB) and three attempts, or as many as cfg says.
func New(cfg aws.Config, names Names, config Config) (*Stack, error) {
	if err := errors.Join(checkRegion(cfg), names.check()); err != nil {
		return nil, fmt.Errorf("connect to the stack: %w", err)
	}
	cfg = bounded(cfg, cmp.Or(config.Idle, 64))
	s := &Stack{
		DynamoDB: dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.BaseEndpoint = endpoint(config.DynamoDBEndpoint, o.BaseEndpoint) }),
		SQS:      sqs.NewFromConfig(cfg, func(o *sqs.Options) { o.BaseEndpoint = endpoint(config.SQSEndpoint, o.BaseEndpoint) }),
	}
	if names.StatusTable != "" {
		s.Store = dynamo.New(s.DynamoDB, names.Tables(), dynamo.Config{})
		s.Locks = dynamo.NewCoordinationStore(s.Store)
	}
	if names.QueueURL != "" {
		s.Queue = sqsqueue.New(s.SQS, names.QueueURL, sqsqueue.Config{})
	}
	return s, nil
}

// Client returns a client of the stack's runs. It refuses to send where no queue
// was named, and to read where no tables were.
func (s *Stack) Client() *client.Client {
	var sender flow.Sender
	if s.Queue != nil {
		sender = s.Queue
	}
	var directory state.Directory
	if s.Store != nil {
		directory = s.Store
	}
	return client.New(sender, directory)
}

func checkRegion(cfg aws.Config) error {
	if cfg.Region == "" {
		return errors.New("the AWS configuration has no region: set AWS_REGION")
	}
	return nil
}

// endpoint is the URL that was given, or what there is without.
func endpoint(given string, without *string) *string {
	if given == "" {
		return without
	}
	return &given
}
