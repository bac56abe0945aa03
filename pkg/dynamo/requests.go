package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/internal/backoff"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// requests makes the requests to DynamoDB. Its reads never return an item whose ttl
// has passed.
type requests struct {
	api    API
	config Config
}

const allOld = types.ReturnValuesOnConditionCheckFailureAllOld

// update makes one UpdateItem and returns the requested parts of the item. With a
// conflict the error holds the item before it.
func (r *requests) update(ctx context.Context, p place, guard state.Guard, u update, returns types.ReturnValue) (item, error) {
	expr, err := build(guard, u)
	if err != nil {
		return nil, err
	}
	var out *dynamodb.UpdateItemOutput
	err = r.repeat(ctx, func() (err error) {
		out, err = r.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName:                           &p.table,
			Key:                                 p.item(),
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

// put makes one PutItem. With a conflict the error holds the item before it.
func (r *requests) put(ctx context.Context, table string, it item, guard state.Guard) error {
	expr, err := build(guard, nil)
	if err != nil {
		return err
	}
	return r.repeat(ctx, func() error {
		_, err := r.api.PutItem(ctx, &dynamodb.PutItemInput{
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

// replace makes one update and returns the item. If an expired item is in the way,
// it is deleted first.
//
// Key: the item. Condition, of the deletion: [state.GuardGone]. Effect: it is
// deleted. Conflict: it is deleted already, or another writer made a new one, which
// the repeated update meets.
func (r *requests) replace(ctx context.Context, p place, guard state.Guard, u update, now time.Time) (item, error) {
	after, err := r.update(ctx, p, guard, u, types.ReturnValueAllNew)
	conflict, ok := errors.AsType[*conflictError](err)
	if !ok || !state.GuardGone(now).Holds(conflict.stored) {
		return after, err
	}
	if err := r.delete(ctx, p, state.GuardGone(now)); err != nil && !errors.Is(err, state.ErrConflict) {
		return nil, err
	}
	return r.update(ctx, p, guard, u, types.ReturnValueAllNew)
}

// delete makes one DeleteItem. With a conflict the error holds the item.
func (r *requests) delete(ctx context.Context, p place, guard state.Guard) error {
	expr, err := build(guard, nil)
	if err != nil {
		return err
	}
	return r.repeat(ctx, func() error {
		_, err := r.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName:                           &p.table,
			Key:                                 p.item(),
			ConditionExpression:                 expr.Condition(),
			ExpressionAttributeNames:            expr.Names(),
			ExpressionAttributeValues:           expr.Values(),
			ReturnValuesOnConditionCheckFailure: allOld,
		})
		return err
	})
}

// batchSize is the number of items that DynamoDB reads in one request.
const batchSize = 100

// get reads items consistently; missing items are left out.
func (r *requests) get(ctx context.Context, places []place) (map[place]item, error) {
	return r.getEach(ctx, places, &reading{})
}

// getEach is get with a reading that sees each item as it comes in.
func (r *requests) getEach(ctx context.Context, places []place, reading *reading) (map[place]item, error) {
	distinct := map[place]bool{}
	for _, p := range places {
		distinct[p] = true
	}
	found := make(map[place]item, len(distinct))
	for batch := range slices.Chunk(slices.Collect(maps.Keys(distinct)), batchSize) {
		if err := r.getBatch(ctx, batch, reading, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (r *requests) getBatch(ctx context.Context, places []place, reading *reading, found map[place]item) error {
	wanted, err := keysOf(places, reading)
	if err != nil {
		return err
	}
	byTable := make(map[string]place) // one of each table
	for _, p := range places {
		byTable[p.table] = p
	}
	return r.getWanted(ctx, wanted, func(table string, it item) {
		reading.see(it)
		found[byTable[table].at(it)] = it
	})
}

// getWanted reads items, at most as many as one request may have, and calls see with
// each that exists.
func (r *requests) getWanted(ctx context.Context, wanted map[string]types.KeysAndAttributes, see func(table string, it item)) error {
	for try := 0; ; try++ {
		var out *dynamodb.BatchGetItemOutput
		err := r.repeat(ctx, func() (err error) {
			out, err = r.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: wanted})
			return err
		})
		if err != nil {
			return err
		}
		for table, items := range out.Responses {
			for _, it := range items {
				if !r.gone(it) {
					see(table, it)
				}
			}
		}
		if len(out.UnprocessedKeys) == 0 {
			return nil
		}
		if keyCount(out.UnprocessedKeys) < keyCount(wanted) {
			try = 0 // there is progress: an answer holds 16 MB at most
		}
		if try+1 >= tries && !isPatient(ctx) {
			return fmt.Errorf("gave up after %d tries: DynamoDB leaves %d keys unread", tries, keyCount(wanted))
		}
		wanted = out.UnprocessedKeys
		if err := r.pause(ctx, try); err != nil {
			return err
		}
	}
}

// keysOf returns the request for the items at places, by table.
func keysOf(places []place, reading *reading) (map[string]types.KeysAndAttributes, error) {
	wanted := make(map[string]types.KeysAndAttributes)
	for _, p := range places {
		keys, begun := wanted[p.table]
		if !begun && reading.bare {
			var err error
			if keys, err = bareKeys(p); err != nil {
				return nil, err
			}
		}
		keys.ConsistentRead = new(true)
		keys.Keys = append(keys.Keys, p.item())
		wanted[p.table] = keys
	}
	return wanted, nil
}

func keyCount(tables map[string]types.KeysAndAttributes) int {
	count := 0
	for _, keys := range tables {
		count += len(keys.Keys)
	}
	return count
}

// pages yields the pages of a query under a key condition; projected, if given, names
// the attributes that are read. It ends after the first error.
func (r *requests) pages(ctx context.Context, condition expression.KeyConditionBuilder, query dynamodb.QueryInput, projected ...expression.ProjectionBuilder) iter.Seq2[[]item, error] {
	return func(yield func([]item, error) bool) {
		builder := expression.NewBuilder().WithKeyCondition(condition)
		for _, projection := range projected {
			builder = builder.WithProjection(projection)
		}
		expr, err := builder.Build()
		if err != nil {
			yield(nil, err)
			return
		}
		query.KeyConditionExpression, query.ProjectionExpression = expr.KeyCondition(), expr.Projection()
		query.ExpressionAttributeNames, query.ExpressionAttributeValues = expr.Names(), expr.Values()
		pages := dynamodb.NewQueryPaginator(r.api, &query)
		for pages.HasMorePages() {
			var page *dynamodb.QueryOutput
			err := r.repeat(ctx, func() (err error) { page, err = pages.NextPage(ctx); return err })
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(r.present(page.Items), nil) {
				return
			}
		}
	}
}

func (r *requests) present(page []map[string]types.AttributeValue) (kept []item) {
	for _, it := range page {
		if !r.gone(it) {
			kept = append(kept, it)
		}
	}
	return kept
}

// gone reports whether an item counts as absent: its ttl has passed, but DynamoDB,
// which deletes days late, has not deleted it yet.
func (r *requests) gone(it item) bool {
	return it[tables.TTL] != nil && it.number(tables.TTL) < r.config.Now().Unix()
}

// repeat makes one request, and again if it was throttled, if another transaction was
// in its way, or if no answer came: a few times, and until the context's deadline if
// it is patient. The call must be the same each time, including its client token.
func (r *requests) repeat(ctx context.Context, call func() error) error {
	begun := r.config.Now()
	for try := 0; ; try++ {
		err := translate(call())
		again, ok := err.(*againError)
		if !ok {
			return err
		}
		if (try+1 >= tries || r.config.Now().Sub(begun) >= repeating) && !isPatient(ctx) {
			return fmt.Errorf("gave up after %d tries: %w", try+1, again.err)
		}
		if err := r.pause(ctx, try); err != nil {
			return fmt.Errorf("gave up after %d tries: %w: %w", try+1, err, again.err)
		}
	}
}

// pause waits before the next try.
func (r *requests) pause(ctx context.Context, try int) error {
	return r.config.Sleep(ctx, backoff.Jittered(backoff.Exponential(basePause, try+1, maxPause), r.config.Jitter()))
}
