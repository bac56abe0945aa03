package dynamo

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Stalled implements [state.Sweep]: one query of the index of active runs for every
// shard and megabyte. The index is eventually consistent. Within a shard the runs
// are sorted by their last update; the first shard is random, so that no shard is
// always the last when time runs short.
func (s *Store) Stalled(ctx context.Context, before time.Time) iter.Seq2[state.RunRef, error] {
	end := before.Add(time.Second - 1).Unix() // the last update has whole seconds
	return sweep(ctx, s.requests, s.items.names.Status, tables.Status().Index(tables.ActiveIndex), activeShards, end, func(it item) state.RunRef {
		return state.RunRef{
			RunID:       it.text(tables.RunID),
			LastUpdated: it.seconds(tables.LastUpdated),
			Rescues:     int(it.number(tables.Rescues)),
		}
	})
}

// Oldest implements [state.Sweep]: one query of one item for every shard of the index
// of active runs.
func (s *Store) Oldest(ctx context.Context) (time.Time, error) {
	var oldest time.Time
	for n := range activeShards {
		first, err := s.requests.firstOf(ctx, s.items.names.Status, tables.Status().Index(tables.ActiveIndex), strconv.Itoa(n))
		if err != nil {
			return time.Time{}, fmt.Errorf("query index %s of table %s: %w", tables.ActiveIndex, s.items.names.Status, err)
		}
		if updated := first.seconds(tables.LastUpdated); first != nil && (oldest.IsZero() || updated.Before(oldest)) {
			oldest = updated
		}
	}
	return oldest, nil
}

// Due implements [state.Sweep], like [Store.Stalled], on the index of timers.
func (s *Store) Due(ctx context.Context, before time.Time) iter.Seq2[state.Timer, error] {
	end := before.Add(time.Millisecond - 1).UnixMilli()
	return sweep(ctx, s.requests, s.items.names.Coordination, tables.Coordination().Index(tables.DueIndex), dueShards, end, timerOf)
}

// DropTimer implements [state.Sweep].
//
// Key: coordination/timer#RUN#NODE[@SCOPE]#ATTEMPT. No condition: a timer with this
// key is always the same. Effect: it is deleted.
func (s *Store) DropTimer(ctx context.Context, timer state.Timer) error {
	err := s.requests.delete(ctx, s.items.timer(timer), state.Guard{})
	return wrap(err, "drop timer of %s", where(timer.RunID, timer.TaskKey))
}

// sweep yields the entries of an index below end, shard by shard.
func sweep[T any](ctx context.Context, r *requests, table string, index tables.Index, shards int, end int64, decode func(item) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		first := int(r.config.Jitter() * float64(shards))
		for n := range shards {
			shard := strconv.Itoa((first + n) % shards)
			for it, err := range r.queryShard(ctx, table, index, shard, end) {
				if err != nil {
					var none T
					yield(none, fmt.Errorf("query index %s of table %s: %w", index.Name, table, err))
					return
				}
				if !yield(decode(it), nil) {
					return
				}
			}
		}
	}
}

func (r *requests) queryShard(ctx context.Context, table string, index tables.Index, shard string, end int64) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		condition := expression.Key(index.Hash.Name).Equal(expression.Value(text(shard))).
			And(expression.Key(index.Range.Name).LessThan(expression.Value(number(end))))
		for page, err := range r.pages(ctx, condition, dynamodb.QueryInput{
			TableName: &table, IndexName: &index.Name, Select: types.SelectAllProjectedAttributes,
		}) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, it := range page {
				if !yield(it, nil) {
					return
				}
			}
		}
	}
}

// firstOf reads the first item of a shard; nil if it is empty.
func (r *requests) firstOf(ctx context.Context, table string, index tables.Index, shard string) (item, error) {
	condition := expression.Key(index.Hash.Name).Equal(expression.Value(text(shard)))
	for page, err := range r.pages(ctx, condition, dynamodb.QueryInput{
		TableName: &table, IndexName: &index.Name, Select: types.SelectAllProjectedAttributes, Limit: new(int32(1)),
	}) {
		if err != nil {
			return nil, err
		}
		if len(page) > 0 { // else it has expired
			return page[0], nil
		}
	}
	return nil, nil
}
