package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// bareNames are the attributes of items of the context table that are read without
// values. The values of edges and of context writes cannot be left out here: they are
// inside a list.
var bareNames = []string{
	tables.RunID, tables.ItemKey, tables.TTL, tables.Codec, tables.State, tables.Owner, tables.LeaseUntil, tables.Via,
	tables.Starts, tables.Failures, tables.DueAt, tables.FiredBy, tables.StartedAt, tables.FinishedAt, tables.Action,
	tables.Edges, edgesRef, tables.Writes, tables.Error, tables.Body, tables.Body + tables.RefSuffix,
}

// bareProjection returns the projection on them.
func bareProjection() expression.ProjectionBuilder {
	return projected(bareNames)
}

// bareKeys begins the request for items of a place's table without their values:
// only the context table has them in their items.
func bareKeys(p place) (keys types.KeysAndAttributes, err error) {
	if p.attribute != tables.RunID || p.key == "" {
		return keys, nil
	}
	expr, err := expression.NewBuilder().WithProjection(bareProjection()).Build()
	if err != nil {
		return keys, err
	}
	keys.ProjectionExpression, keys.ExpressionAttributeNames = expr.Projection(), expr.Names()
	return keys, nil
}
