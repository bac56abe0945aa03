package awsenv_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/awsenv"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
	"github.com/flowcraft-go/flowcraft/pkg/secretaws"
)

// program names the variable with the program that this binary is instead of the tests:
// proxies are read from the environment once in a process.
const program = "AWSENV_PROGRAM"

// loaders are the programs: how each reads its configuration.
var loaders = map[string]func() (aws.Config, error){
	"functions": func() (aws.Config, error) { return awsenv.Load(os.LookupEnv) },
	"flowctl":   func() (aws.Config, error) { return config.LoadDefaultConfig(context.Background()) },
}

func TestMain(m *testing.M) {
	if load := loaders[os.Getenv(program)]; load != nil {
		os.Exit(probe(load))
	}
	os.Exit(m.Run())
}

// probe makes a request of every kind that the project makes, and prints their errors.
func probe(load func() (aws.Config, error)) int {
	ctx := context.Background()
	cfg, err := load()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	const queue = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"
	stack, err := flowaws.New(cfg, flowaws.Names{QueueURL: queue, ContextTable: "c", StatusTable: "s", CoordinationTable: "l"}, flowaws.Config{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	_, err = stack.DynamoDB.GetItem(ctx, &dynamodb.GetItemInput{TableName: new("s"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}})
	fmt.Println("DynamoDB:", err)
	_, err = stack.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: new(queue), MessageBody: new("{}")})
	fmt.Println("SQS:", err)
	registry, err := lambdanode.Bind(flow.Registry{"charge": lambdanode.For("charge")}, lambdanode.NewClient(cfg))
	if err == nil {
		_, err = registry["charge"].Handle(ctx, &flow.Task{Key: "k"})
	}
	fmt.Println("Lambda:", err)
	source := secretaws.New(cfg)
	for _, text := range []string{"shop", "ssm:/shop"} {
		name, err := secret.Parse(text)
		if err == nil {
			_, err = source.Read(ctx, name)
		}
		fmt.Println(text+":", err)
	}
	return 0
}
