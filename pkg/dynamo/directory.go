package dynamo

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Run implements [state.Directory].
func (s *Store) Run(ctx context.Context, runID string) (state.Run, error) {
	snapshot, err := s.Load(ctx, state.ReadSet{RunID: runID, Run: true})
	if err != nil {
		return state.Run{}, err
	}
	if snapshot.Run == nil {
		return state.Run{}, fmt.Errorf("run %s: %w", runID, flow.ErrNotFound)
	}
	return *snapshot.Run, nil
}

// Blueprint implements [state.Directory].
func (s *Store) Blueprint(ctx context.Context, key state.BlueprintKey) ([]byte, error) {
	snapshot, err := s.Load(ctx, state.ReadSet{Blueprint: key})
	if err != nil {
		return nil, err
	}
	if snapshot.Blueprint == nil {
		return nil, fmt.Errorf("blueprint %s (%s): %w", key.ID, key.Hash, flow.ErrNotFound)
	}
	return snapshot.Blueprint, nil
}

// Tasks implements [state.Directory]: one query for every partition and megabyte,
// and the large values of each page together. It ends after the first error.
func (s *Store) Tasks(ctx context.Context, query state.TaskQuery) iter.Seq2[state.TaskRecord, error] {
	return func(yield func(state.TaskRecord, error) bool) {
		l := &listing{values: s.values, prefix: nodePrefix, bare: query.Bare, limit: query.MaxBytes}
		for _, partition := range partitions(query.RunID, query.Items) {
			for it, err := range l.items(ctx, partition) {
				var record state.TaskRecord
				if err == nil {
					record, err = taskOf(it)
				}
				if err != nil {
					yield(state.TaskRecord{}, fmt.Errorf("list tasks of run %s: %w", query.RunID, err))
					return
				}
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// listing reads the items of the context table whose keys begin with a prefix, with
// their values as far as these are asked for and within the limit.
type listing struct {
	values *largeValues
	prefix string
	bare   bool
	limit  int // bytes of all values together; 0: none
	total  int
}

// items yields the items of a partition.
func (l *listing) items(ctx context.Context, partition string) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		condition := expression.Key(tables.RunID).Equal(expression.Value(text(partition))).
			And(expression.Key(tables.ItemKey).BeginsWith(l.prefix))
		query := dynamodb.QueryInput{TableName: &l.values.items.names.Context, ConsistentRead: new(true)}
		var projected []expression.ProjectionBuilder
		if l.bare {
			projected = append(projected, bareProjection())
		}
		for page, err := range l.values.requests.pages(ctx, condition, query, projected...) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !l.yieldPage(ctx, page, yield) {
				return
			}
		}
	}
}

// yieldPage yields a page's items; false means to stop.
func (l *listing) yieldPage(ctx context.Context, page []item, yield func(item, error) bool) bool {
	for group := range groups(page) {
		if err := l.complete(ctx, group); err != nil {
			yield(nil, err)
			return false
		}
		for _, it := range group {
			if !yield(it, nil) {
				return false
			}
		}
	}
	return true
}

// complete reads the edges and the values of a group of items; values above the limit
// are omitted.
func (l *listing) complete(ctx context.Context, group []item) error {
	if l.bare {
		return l.values.resolve(ctx, &reading{bare: true}, group...)
	}
	for _, it := range group { // pages of edges are small: their values are counted with the record
		if err := checked(it); err != nil {
			return err
		}
		keepWriteKeys(it)
		if err := l.values.readPages(ctx, &reading{}, []item{it}); err != nil {
			return err
		}
		size := (&reading{}).sizeOf(it)
		if l.limit > 0 && size > l.limit-l.total {
			omit(it, size)
			continue
		}
		l.total += size
	}
	return l.values.readParts(ctx, group)
}

// groupLimit limits the large values of a listing that are in memory at once.
const groupLimit = 16 << 20

func groups(page []item) iter.Seq[[]item] {
	return func(yield func([]item) bool) {
		var group []item
		total := 0
		for _, it := range page {
			size := 0
			for _, r := range references(it) {
				size += r.bytes
			}
			if total+size > groupLimit && len(group) > 0 {
				if !yield(group) {
					return
				}
				group, total = nil, 0
			}
			group, total = append(group, it), total+size
		}
		if len(group) > 0 {
			yield(group)
		}
	}
}
