package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Outline reads where runs stand, and no values: it is a [state.Directory] whose
// requests name exactly the attributes of [tables.InspectedRun] and
// [tables.InspectedTask]. So it needs no permission to read any other, which
// flowcdk's GrantInspect gives. Of an error it knows the code and the node of the
// run's.
type Outline struct{ store *Store }

// Outline returns a reader of the store's runs without values.
func (s *Store) Outline() *Outline { return &Outline{s} }

// String names the reader.
func (o *Outline) String() string { return "the runs without values" }

// errOutline is the error of reading what has values.
var errOutline = errors.New("blueprints have values, which this reader does not read")

// Run implements [state.Directory].
func (o *Outline) Run(ctx context.Context, runID string) (state.Run, error) {
	it, err := o.run(ctx, runID)
	if err == nil && it == nil {
		err = flow.ErrNotFound
	}
	if err != nil {
		return state.Run{}, fmt.Errorf("run %s: %w", runID, err)
	}
	run := runOf(it)
	if code := it.text(tables.ErrorCode); code != "" {
		run.Error = &flow.Failure{Code: code, NodeID: it.text(tables.ErrorNode)}
	}
	return run, wellFormed(it)
}

func (o *Outline) run(ctx context.Context, runID string) (found item, err error) {
	expr, err := expression.NewBuilder().WithProjection(projected(tables.InspectedRun())).Build()
	if err != nil {
		return nil, err
	}
	at := o.store.items.run(runID)
	wanted := map[string]types.KeysAndAttributes{at.table: {
		Keys: []map[string]types.AttributeValue{at.item()}, ConsistentRead: new(true),
		ProjectionExpression: expr.Projection(), ExpressionAttributeNames: expr.Names(),
	}}
	err = o.store.requests.getWanted(ctx, wanted, func(_ string, it item) { found = it })
	return found, err
}

// Blueprint implements [state.Directory]: it returns an error.
func (o *Outline) Blueprint(_ context.Context, key state.BlueprintKey) ([]byte, error) {
	return nil, fmt.Errorf("blueprint %s (%s): %w", key.ID, key.Hash, errOutline)
}

// Tasks implements [state.Directory]. All records are bare, whatever the query says, and
// have no edges and no errors.
func (o *Outline) Tasks(ctx context.Context, query state.TaskQuery) iter.Seq2[state.TaskRecord, error] {
	return func(yield func(state.TaskRecord, error) bool) {
		for _, partition := range partitions(query.RunID, query.Items) {
			for page, err := range o.pages(ctx, partition) {
				if err != nil {
					yield(state.TaskRecord{}, fmt.Errorf("list tasks of run %s: %w", query.RunID, err))
					return
				}
				for _, it := range page {
					it.putFlag(bareMark, true)
					if !yield(taskOf(it)) {
						return
					}
				}
			}
		}
	}
}

func (o *Outline) pages(ctx context.Context, partition string) iter.Seq2[[]item, error] {
	condition := expression.Key(tables.RunID).Equal(expression.Value(text(partition))).
		And(expression.Key(tables.ItemKey).BeginsWith(nodePrefix))
	query := dynamodb.QueryInput{
		TableName: &o.store.items.names.Context, ConsistentRead: new(true), Select: types.SelectSpecificAttributes,
	}
	return o.store.requests.pages(ctx, condition, query, projected(tables.InspectedTask()))
}

// projected returns the projection on attributes, of which there is one at least.
func projected(attributes []string) expression.ProjectionBuilder {
	names := make([]expression.NameBuilder, len(attributes))
	for i, name := range attributes {
		names[i] = expression.Name(name)
	}
	return expression.NamesList(names[0], names[1:]...)
}
