package flowaws

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/internal/prepared"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// Config has the optional settings of a [Stack].
type Config struct {
	// DynamoDBEndpoint and SQSEndpoint are the URLs of servers to use instead of
	// those of AWS; "" selects the endpoint of the aws.Config.
	DynamoDBEndpoint string
	SQSEndpoint      string
	// Idle is the number of connections kept to each service while nothing needs them;
	// 0 means 64.
	Idle int
}

// Stack holds the parts of a stack. Parts without a name are nil.
type Stack struct {
	Store *dynamo.Store
	Queue *sqsqueue.Queue
	Locks *dynamo.CoordinationStore

	// DynamoDB and SQS are the SDK's clients behind the parts, for requests that the
	// parts do not make, such as [dynamo.CreateTables].
	DynamoDB *dynamodb.Client
	SQS      *sqs.Client
}

// String returns the names of the parts.
func (s *Stack) String() string { return describe.Fields(s) }

// New connects to a stack. It sends nothing: a name of a missing part is noticed by
// the first request. An error lists everything that cfg and names lack. Credentials
// are those of cfg; so are the HTTP client and the retryer if they are not the SDK's
// own. Otherwise a request has 2 s for its answer (5 s if it is larger than 64 KiB)
// and three attempts, or as many as cfg says.
func New(cfg aws.Config, names Names, config Config) (*Stack, error) {
	if err := errors.Join(checkRegion(cfg), names.check()); err != nil {
		return nil, fmt.Errorf("connect to the stack: %w", err)
	}
	cfg = bounded(cfg, cmp.Or(config.Idle, 64))
	s := &Stack{
		DynamoDB: dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
			o.BaseEndpoint, o.HTTPSignerV4 = endpoint(config.DynamoDBEndpoint, o.BaseEndpoint), prepared.SignerFor(o.HTTPSignerV4, o.ClientLogMode)
		}),
		SQS: sqs.NewFromConfig(cfg, func(o *sqs.Options) {
			o.BaseEndpoint, o.HTTPSignerV4 = endpoint(config.SQSEndpoint, o.BaseEndpoint), prepared.SignerFor(o.HTTPSignerV4, o.ClientLogMode)
		}),
	}
	if names.StatusTable != "" {
		s.Store = dynamo.New(prepared.New(s.DynamoDB), names.Tables(), dynamo.Config{})
		s.Locks = dynamo.NewCoordinationStore(s.Store)
	}
	if names.QueueURL != "" {
		s.Queue = sqsqueue.New(s.SQS, names.QueueURL, sqsqueue.Config{})
	}
	return s, nil
}

// Client returns a client of the stack's runs. It refuses to send without a queue's
// name, and to read without the tables' names.
func (s *Stack) Client() *client.Client {
	var sender state.Sender
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

// endpoint returns the given URL, or without if there is none.
func endpoint(given string, without *string) *string {
	if given == "" {
		return without
	}
	return &given
}
