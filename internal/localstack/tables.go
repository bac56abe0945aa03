package localstack

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
)

// createTables creates the tables that are not there yet.
func createTables(ctx context.Context, client *dynamodb.Client, c *Config) error {
	return dynamo.CreateTables(ctx, client, dynamo.Names{
		Context: c.ContextTable, Status: c.StatusTable, Coordination: c.CoordinationTable,
	})
}
