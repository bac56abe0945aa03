package flowcdk

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// Tables hold the runs. Existing ones must have the keys and the indexes of those
// that are made: a table that is restored from one of them has.
type Tables struct {
	Context      awsdynamodb.ITable // inputs, context keys, node records, large values
	Status       awsdynamodb.ITable // runs
	Coordination awsdynamodb.ITable // joins, timers, locks
}

func (t Tables) all() []awsdynamodb.ITable {
	return []awsdynamodb.ITable{t.Context, t.Status, t.Coordination}
}

func newTables(scope constructs.Construct, p Props) Tables {
	return Tables{
		Context:      newTable(scope, "Context", tables.Context(), p),
		Status:       newTable(scope, "Status", tables.Status(), p),
		Coordination: newTable(scope, "Coordination", tables.Coordination(), p),
	}
}

func newTable(scope constructs.Construct, id string, schema tables.Table, p Props) awsdynamodb.Table {
	props := &awsdynamodb.TableProps{
		PartitionKey:        attribute(schema.Hash),
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		TimeToLiveAttribute: new(tables.TTL),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: new(true),
		},
		SortKey:            sortKey(schema.Range),
		DeletionProtection: &p.Retain,
		RemovalPolicy:      p.removal(),
	}
	if p.EncryptionKey != nil {
		props.Encryption, props.EncryptionKey = awsdynamodb.TableEncryption_CUSTOMER_MANAGED, p.EncryptionKey
	}
	table := awsdynamodb.NewTable(scope, &id, props)
	for _, index := range schema.Indexes {
		table.AddGlobalSecondaryIndex(indexProps(index))
	}
	return table
}

func indexProps(index tables.Index) *awsdynamodb.GlobalSecondaryIndexProps {
	props := &awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:      &index.Name,
		PartitionKey:   attribute(index.Hash),
		SortKey:        attribute(index.Range),
		ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
	}
	switch {
	case index.All:
		props.ProjectionType = awsdynamodb.ProjectionType_ALL
	case len(index.Include) > 0:
		props.ProjectionType = awsdynamodb.ProjectionType_INCLUDE
		props.NonKeyAttributes = pointers(index.Include)
	}
	return props
}

func sortKey(key *tables.Key) *awsdynamodb.Attribute {
	if key == nil {
		return nil
	}
	return attribute(*key)
}

func attribute(key tables.Key) *awsdynamodb.Attribute {
	kind := awsdynamodb.AttributeType_STRING
	if key.Type == tables.Number {
		kind = awsdynamodb.AttributeType_NUMBER
	}
	return &awsdynamodb.Attribute{Name: &key.Name, Type: kind}
}

// removal returns the removal policy of tables. They stay also when the creation of
// their stack fails, since they are protected from deletion; they have no names, so
// that the creation can be repeated.
func (p Props) removal() awscdk.RemovalPolicy {
	if p.Retain {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

func pointers(texts []string) *[]*string {
	out := make([]*string, len(texts))
	for i := range texts {
		out[i] = &texts[i]
	}
	return &out
}
