// Package stacktest starts a stack for a test: a queue and tables on local servers.
package stacktest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// Stack is a stack without functions.
type Stack struct {
	*flowaws.Stack
	Names  flowaws.Names
	Config flowaws.Config // the endpoints of the servers
}

// New starts the servers, and creates the queue and the tables. They end with
// the test.
func New(t testing.TB) *Stack {
	t.Helper()
	config := flowaws.Config{DynamoDBEndpoint: serverstest.DynamoDB(t).Endpoint, SQSEndpoint: serverstest.SQS(t).Endpoint}
	names := flowaws.Names{ContextTable: "context", StatusTable: "status", CoordinationTable: "coordination"}
	bare := connect(t, names, config)
	if err := dynamo.CreateTables(t.Context(), bare.DynamoDB, names.Tables()); err != nil {
		t.Fatal(err)
	}
	created, err := bare.SQS.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("flow")})
	if err != nil {
		t.Fatal(err)
	}
	names.QueueURL = *created.QueueUrl
	return &Stack{connect(t, names, config), names, config}
}

func connect(t testing.TB, names flowaws.Names, config flowaws.Config) *flowaws.Stack {
	t.Helper()
	stack, err := flowaws.New(servers.AWSConfig(""), names, config)
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

// Environment returns that of a function of the stack, or of flowctl.
func (s *Stack) Environment() map[string]string {
	return map[string]string{
		"AWS_REGION": servers.Region, "AWS_ACCESS_KEY_ID": servers.AccessKeyID, "AWS_SECRET_ACCESS_KEY": servers.SecretAccessKey,
		"AWS_ENDPOINT_URL_DYNAMODB": s.Config.DynamoDBEndpoint, "AWS_ENDPOINT_URL_SQS": s.Config.SQSEndpoint,
		"FLOW_QUEUE_URL": s.Names.QueueURL, "FLOW_CONTEXT_TABLE": s.Names.ContextTable,
		"FLOW_STATUS_TABLE": s.Names.StatusTable, "FLOW_COORDINATION_TABLE": s.Names.CoordinationTable,
	}
}
