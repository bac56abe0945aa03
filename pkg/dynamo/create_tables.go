package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// TableAPI lists the methods of the SDK's client that [CreateTables] uses.
type TableAPI interface {
	CreateTable(context.Context, *dynamodb.CreateTableInput, ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
	DescribeTimeToLive(context.Context, *dynamodb.DescribeTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTimeToLiveOutput, error)
	UpdateTimeToLive(context.Context, *dynamodb.UpdateTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateTimeToLiveOutput, error)
}

// CreateTables creates the three tables, billed on demand and with TTL enabled, and
// returns when they can be used. Existing tables are left unchanged, so repeating
// is safe. It is for a developer's machine and for tests: a deployment's tables
// also have backups and deletion protection.
func CreateTables(ctx context.Context, api TableAPI, names Names) error {
	for name, table := range map[string]tables.Table{
		names.Context:      tables.Context(),
		names.Status:       tables.Status(),
		names.Coordination: tables.Coordination(),
	} {
		if err := createTable(ctx, api, name, table); err != nil {
			return fmt.Errorf("create table %s: %w", name, err)
		}
	}
	return nil
}

func createTable(ctx context.Context, api TableAPI, name string, table tables.Table) error {
	_, err := api.CreateTable(ctx, createInput(name, table))
	if _, exists := errors.AsType[*types.ResourceInUseException](err); err != nil && !exists {
		return err
	}
	waiter := dynamodb.NewTableExistsWaiter(api, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, 2*time.Second
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		return err
	}
	return enableTTL(ctx, api, name)
}

// enableTTL first reads the setting: enabling it twice is an error.
func enableTTL(ctx context.Context, api TableAPI, name string) error {
	out, err := api.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		return err
	}
	if ttl := out.TimeToLiveDescription; ttl != nil {
		switch ttl.TimeToLiveStatus {
		case types.TimeToLiveStatusEnabled, types.TimeToLiveStatusEnabling:
			return nil
		}
	}
	_, err = api.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: new(tables.TTL), Enabled: new(true),
		},
	})
	return err
}

func createInput(name string, table tables.Table) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	in.KeySchema = keySchema(in, table.Hash, table.Range)
	for _, index := range table.Indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName:  &index.Name,
			KeySchema:  keySchema(in, index.Hash, &index.Range),
			Projection: projection(index),
		})
	}
	return in
}

// keySchema also defines the keys' attributes; no attribute is a key twice.
func keySchema(in *dynamodb.CreateTableInput, hash tables.Key, sort *tables.Key) []types.KeySchemaElement {
	schema := []types.KeySchemaElement{{AttributeName: &hash.Name, KeyType: types.KeyTypeHash}}
	keys := []tables.Key{hash}
	if sort != nil {
		schema = append(schema, types.KeySchemaElement{AttributeName: &sort.Name, KeyType: types.KeyTypeRange})
		keys = append(keys, *sort)
	}
	for _, key := range keys {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: &key.Name, AttributeType: types.ScalarAttributeType(key.Type),
		})
	}
	return schema
}

func projection(index tables.Index) *types.Projection {
	switch {
	case index.All:
		return &types.Projection{ProjectionType: types.ProjectionTypeAll}
	case len(index.Include) > 0:
		return &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: index.Include}
	}
	return &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
}
