package dynamo

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// update collects what an UpdateItem does.
type update struct {
	expr expression.UpdateBuilder
	some bool
}

func (u *update) set(name string, value types.AttributeValue) {
	u.expr, u.some = u.expr.Set(expression.Name(name), expression.Value(value)), true
}

// keep sets what is not there yet.
func (u *update) keep(name string, value types.AttributeValue) {
	attr := expression.Name(name)
	u.expr, u.some = u.expr.Set(attr, attr.IfNotExists(expression.Value(value))), true
}

func (u *update) add(name string, value types.AttributeValue) {
	u.expr, u.some = u.expr.Add(expression.Name(name), expression.Value(value)), true
}

func (u *update) remove(name string) {
	u.expr, u.some = u.expr.Remove(expression.Name(name)), true
}

// replace makes the named attributes what they are in it, absent ones included.
func (u *update) replace(it item, names ...string) {
	for _, name := range names {
		if value := it[name]; value != nil {
			u.set(name, value)
		} else {
			u.remove(name)
		}
	}
}

func (u *update) builder() *expression.UpdateBuilder {
	if !u.some {
		return nil
	}
	return &u.expr
}

const allOld = types.ReturnValuesOnConditionCheckFailureAllOld

// update makes one UpdateItem and returns what was asked for of the item. With
// a conflict the error holds the item as it was.
func (s *Store) update(ctx context.Context, p place, guard state.Guard, u update, returns types.ReturnValue) (item, error) {
	expr, err := build(guard, u.builder())
	if err != nil {
		return nil, err
	}
	var out *dynamodb.UpdateItemOutput
	err = s.repeat(ctx, func() (err error) {
		out, err = s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName:                           &p.table,
			Key:                                 s.keyOf(p),
			UpdateExpression:                    expr.Update(),
			ConditionExpression:                 expr.Condition(),
			ExpressionAttributeNames:            expr.Names(),
			ExpressionAttributeValues:           expr.Values(),
			ReturnValues:                        returns,
			ReturnValuesOnConditionCheckFailure: allOld,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// put makes one PutItem. With a conflict the error holds the item as it was.
func (s *Store) put(ctx context.Context, table string, it item, guard state.Guard) error {
	expr, err := build(guard, nil)
	if err != nil {
		return err
	}
	return s.repeat(ctx, func() error {
		_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
			TableName:                           &table,
			Item:                                it,
			ConditionExpression:                 expr.Condition(),
			ExpressionAttributeNames:            expr.Names(),
			ExpressionAttributeValues:           expr.Values(),
			ReturnValuesOnConditionCheckFailure: allOld,
		})
		return err
	})
}

// putOne is the part of a transaction that puts an item.
func putOne(table string, it item, guard state.Guard) (types.TransactWriteItem, error) {
	expr, err := build(guard, nil)
	if err != nil {
		return types.TransactWriteItem{}, err
	}
	return types.TransactWriteItem{Put: &types.Put{
		TableName:                           &table,
		Item:                                it,
		ConditionExpression:                 expr.Condition(),
		ExpressionAttributeNames:            expr.Names(),
		ExpressionAttributeValues:           expr.Values(),
		ReturnValuesOnConditionCheckFailure: allOld,
	}}, nil
}

// transact makes one TransactWriteItems. The token makes a repetition by the
// SDK the same transaction; it is fresh for each call, because the same writes
// made later are meant to be made again.
func (s *Store) transact(ctx context.Context, items []types.TransactWriteItem) error {
	token := s.config.NewID()
	return s.repeat(ctx, func() error {
		_, err := s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
			TransactItems:      items,
			ClientRequestToken: &token,
		})
		return err
	})
}

// batchSize is how many items DynamoDB reads in one request.
const batchSize = 100

// get reads items consistently; those that do not exist are left out.
func (s *Store) get(ctx context.Context, places []place) (map[place]item, error) {
	found := make(map[place]item, len(places))
	seen := make(map[place]bool, len(places))
	places = slices.DeleteFunc(slices.Clone(places), func(p place) bool {
		twice := seen[p]
		seen[p] = true
		return twice
	})
	for batch := range slices.Chunk(places, batchSize) {
		if err := s.getBatch(ctx, batch, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (s *Store) getBatch(ctx context.Context, places []place, found map[place]item) error {
	wanted := make(map[string]types.KeysAndAttributes)
	for _, p := range places {
		keys := wanted[p.table]
		keys.ConsistentRead = new(true)
		keys.Keys = append(keys.Keys, s.keyOf(p))
		wanted[p.table] = keys
	}
	for try := 0; ; try++ {
		var out *dynamodb.BatchGetItemOutput
		err := s.repeat(ctx, func() (err error) {
			out, err = s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: wanted})
			return err
		})
		if err != nil {
			return err
		}
		for table, items := range out.Responses {
			for _, it := range items {
				found[s.placeOf(table, it)] = it
			}
		}
		if len(out.UnprocessedKeys) == 0 {
			return nil
		}
		if keyCount(out.UnprocessedKeys) < keyCount(wanted) {
			try = 0 // it gets on: an answer holds 16 MB at most
		}
		if try+1 == tries {
			return fmt.Errorf("gave up after %d tries: DynamoDB leaves %d keys unread", tries, keyCount(wanted))
		}
		wanted = out.UnprocessedKeys
		if err := s.pause(ctx, try); err != nil {
			return err
		}
	}
}

func keyCount(tables map[string]types.KeysAndAttributes) int {
	count := 0
	for _, keys := range tables {
		count += len(keys.Keys)
	}
	return count
}

// delete makes one DeleteItem. With a conflict the error holds the item.
func (s *Store) delete(ctx context.Context, p place, guard state.Guard) error {
	expr, err := build(guard, nil)
	if err != nil {
		return err
	}
	return s.repeat(ctx, func() error {
		_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName:                           &p.table,
			Key:                                 s.keyOf(p),
			ConditionExpression:                 expr.Condition(),
			ExpressionAttributeNames:            expr.Names(),
			ExpressionAttributeValues:           expr.Values(),
			ReturnValuesOnConditionCheckFailure: allOld,
		})
		return err
	})
}
