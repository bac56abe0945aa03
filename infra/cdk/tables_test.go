package main

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
)

// created records how the local stack makes its tables.
type created map[string]*dynamodb.CreateTableInput

func (c created) CreateTable(_ context.Context, in *dynamodb.CreateTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error) {
	c[*in.TableName] = in
	return &dynamodb.CreateTableOutput{}, nil
}

func (c created) DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	return &dynamodb.DescribeTableOutput{Table: &types.TableDescription{TableStatus: types.TableStatusActive}}, nil
}

func (c created) DescribeTimeToLive(context.Context, *dynamodb.DescribeTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTimeToLiveOutput, error) {
	return &dynamodb.DescribeTimeToLiveOutput{}, nil
}

func (c created) UpdateTimeToLive(_ context.Context, in *dynamodb.UpdateTimeToLiveInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateTimeToLiveOutput, error) {
	if attribute := in.TimeToLiveSpecification.AttributeName; *attribute != "ttl" {
		panic("TTL is on " + *attribute)
	}
	return &dynamodb.UpdateTimeToLiveOutput{}, nil
}

// The deployed tables are those that the tests and the local stack run on.
func TestTablesAreThoseOfTheLocalStack(t *testing.T) {
	local := created{}
	if err := dynamo.CreateTables(t.Context(), local, names); err != nil {
		t.Fatal(err)
	}
	tm := synthesize(t, nil)
	for _, name := range []string{names.Context, names.Status, names.Coordination} {
		_, table := tm.one(kindTable, name)
		in := local[name]
		for property, want := range map[string]string{
			"KeySchema": texted(keyList(in.KeySchema)), "AttributeDefinitions": definitions(in.AttributeDefinitions),
			"BillingMode": texted(in.BillingMode), "GlobalSecondaryIndexes": indexes(in.GlobalSecondaryIndexes),
			"TimeToLiveSpecification":                                     `{"AttributeName":"ttl","Enabled":true}`,
			"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": `true`, // the cloud's alone
			"ProvisionedThroughput":                                       `null`,
		} {
			if diff := cmp.Diff(want, texted(at(table, "Properties."+property))); diff != "" {
				t.Errorf("table %s: %s (-local +deployed):\n%s", name, property, diff)
			}
		}
	}
}

// The SDK's types as a template writes them.

type object = map[string]any

func keyList(schema []types.KeySchemaElement) (list []object) {
	for _, key := range schema {
		list = append(list, object{"AttributeName": key.AttributeName, "KeyType": key.KeyType})
	}
	return list
}

func definitions(attributes []types.AttributeDefinition) string {
	var list []object
	for _, a := range attributes {
		list = append(list, object{"AttributeName": a.AttributeName, "AttributeType": a.AttributeType})
	}
	return texted(list)
}

func indexes(all []types.GlobalSecondaryIndex) string {
	var list []object
	for _, index := range all {
		projection := object{"ProjectionType": index.Projection.ProjectionType}
		if index.Projection.NonKeyAttributes != nil {
			projection["NonKeyAttributes"] = index.Projection.NonKeyAttributes
		}
		list = append(list, object{"IndexName": index.IndexName, "KeySchema": keyList(index.KeySchema), "Projection": projection})
	}
	return texted(list)
}
