package lambdaflow_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
)

// local is a queue and tables on local servers.
type local struct {
	dynamoDBEndpoint, sqsEndpoint string
	client                        *sqs.Client
	queueURL                      *string
	store                         *dynamo.Store
}

func newLocal(t *testing.T) local {
	t.Helper()
	db, queueServer := serverstest.DynamoDB(t), serverstest.SQS(t)
	dbClient := dynamodb.NewFromConfig(servers.AWSConfig(db.Endpoint))
	client := sqs.NewFromConfig(servers.AWSConfig(queueServer.Endpoint))
	names := dynamo.Names{Context: "context", Status: "status", Coordination: "coordination"}
	if err := dynamo.CreateTables(t.Context(), dbClient, names); err != nil {
		t.Fatal(err)
	}
	created, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("flow")})
	if err != nil {
		t.Fatal(err)
	}
	return local{db.Endpoint, queueServer.Endpoint, client, created.QueueUrl, dynamo.New(dbClient, names, dynamo.Config{})}
}

// environment is what a function needs to find them, and Lambda's runtime API.
func (l local) environment(api *runtimeAPI) map[string]string {
	return map[string]string{
		"AWS_LAMBDA_RUNTIME_API": strings.TrimPrefix(api.URL, "http://"),
		"AWS_REGION":             servers.Region, "AWS_ACCESS_KEY_ID": servers.AccessKeyID, "AWS_SECRET_ACCESS_KEY": servers.SecretAccessKey,
		"AWS_ENDPOINT_URL_DYNAMODB": l.dynamoDBEndpoint, "AWS_ENDPOINT_URL_SQS": l.sqsEndpoint,
		"FLOW_QUEUE_URL": *l.queueURL, "FLOW_CONTEXT_TABLE": "context", "FLOW_STATUS_TABLE": "status", "FLOW_COORDINATION_TABLE": "coordination",
	}
}
