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
func (s *Store) Tasks(ctx context.Context, runID string, items bool) iter.Seq2[state.TaskRecord, error] {
	return func(yield func(state.TaskRecord, error) bool) {
		for _, partition := range partitions(runID, items) {
			for it, err := range s.values.query(ctx, partition, nodePrefix) {
				var record state.TaskRecord
				if err == nil {
					record, err = taskOf(it)
				}
				if err != nil {
					yield(state.TaskRecord{}, fmt.Errorf("list tasks of run %s: %w", runID, err))
					return
				}
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// query yields the items of the context table whose keys begin with prefix, with
// their large values.
func (v *largeValues) query(ctx context.Context, partition, prefix string) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		condition := expression.Key(tables.RunID).Equal(expression.Value(text(partition))).
			And(expression.Key(tables.ItemKey).BeginsWith(prefix))
		query := dynamodb.QueryInput{TableName: &v.items.names.Context, ConsistentRead: new(true)}
		for page, err := range v.requests.pages(ctx, condition, query) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !v.yieldPage(ctx, page, yield) {
				return
			}
		}
	}
}

// yieldPage yields a page's items; false means to stop.
func (v *largeValues) yieldPage(ctx context.Context, page []item, yield func(item, error) bool) bool {
	for group := range groups(page) {
		if err := v.resolve(ctx, nil, group...); err != nil {
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

// groupBytes limits the large values that are in memory at once.
const groupBytes = 16 << 20

func groups(page []item) iter.Seq[[]item] {
	return func(yield func([]item) bool) {
		var group []item
		total := 0
		for _, it := range page {
			size := 0
			for _, r := range references(it) {
				size += r.bytes
			}
			if total+size > groupBytes && len(group) > 0 {
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
