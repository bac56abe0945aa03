package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// Queue is the flag of commands that send messages.
type Queue struct {
	QueueURL string `name:"queue-url" env:"FLOW_QUEUE_URL" help:"${FLOW_QUEUE_URL}"`
}

// Tables are the flags of commands that read runs.
type Tables struct {
	Context      string `name:"context-table" env:"FLOW_CONTEXT_TABLE" help:"${FLOW_CONTEXT_TABLE}"`
	Status       string `name:"status-table" env:"FLOW_STATUS_TABLE" help:"${FLOW_STATUS_TABLE}"`
	Coordination string `name:"coordination-table" env:"FLOW_COORDINATION_TABLE" help:"${FLOW_COORDINATION_TABLE}"`
}

// Endpoints are the flags of commands that talk to AWS, or to local servers.
type Endpoints struct {
	Region           string `help:"The AWS region."`
	DynamodbEndpoint string `placeholder:"URL" env:"AWS_ENDPOINT_URL_DYNAMODB" help:"Another DynamoDB endpoint."`
	SqsEndpoint      string `placeholder:"URL" env:"AWS_ENDPOINT_URL_SQS" help:"Another SQS endpoint."`
}

func (e Endpoints) load(ctx context.Context) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if e.Region != "" {
		options = append(options, config.WithRegion(e.Region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return cfg, usageError{errors.New("no AWS region: set AWS_REGION or --region")}
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil && ctx.Err() == nil {
		return cfg, fmt.Errorf("no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for flowctl dev by the file of its --env-file: %w", err)
	}
	return cfg, nil
}

// connect connects to the stack of a command. Parts that the command does not use are
// nil; those that it uses must be named.
func (e Endpoints) connect(ctx context.Context, queue *Queue, tables *Tables) (*flowaws.Stack, error) {
	var names flowaws.Names
	if queue != nil {
		if names.QueueURL = queue.QueueURL; names.QueueURL == "" {
			return nil, usageError{errors.New("the queue is not named: set FLOW_QUEUE_URL or --queue-url")}
		}
	}
	if tables != nil {
		if tables.Context == "" || tables.Status == "" || tables.Coordination == "" {
			return nil, usageError{errors.New("the tables are not named: set FLOW_CONTEXT_TABLE, FLOW_STATUS_TABLE and FLOW_COORDINATION_TABLE, or the flags of the same names")}
		}
		names.ContextTable, names.StatusTable, names.CoordinationTable = tables.Context, tables.Status, tables.Coordination
	}
	cfg, err := e.load(ctx)
	if err != nil {
		return nil, err
	}
	return flowaws.New(cfg, names, flowaws.Config{DynamoDBEndpoint: e.DynamodbEndpoint, SQSEndpoint: e.SqsEndpoint})
}
