package dynamo

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// taskItem returns the record as one item. Starts and failures are always present:
// guards compare them.
func (l items) taskItem(t state.TaskRecord) item {
	it := l.task(t.RunID, t.TaskKey).item()
	it[tables.Starts] = number(int64(t.Starts))
	it[tables.Failures] = number(int64(t.Failures))
	it.putText(tables.State, string(t.State))
	it.putText(tables.Owner, t.Owner)
	it.putMillis(tables.LeaseUntil, t.LeaseUntil)
	it.putText(tables.Via, string(t.Via))
	it.putMillis(tables.DueAt, t.DueAt)
	it.putText(tables.FiredBy, t.FiredBy)
	it.putMillis(tables.StartedAt, t.StartedAt)
	it.putMillis(tables.FinishedAt, t.FinishedAt)
	it.putValue(tables.Output, t.Output)
	it.putText(tables.Action, t.Action)
	putEdges(it, t.Edges)
	putWrites(it, t.Writes)
	putFailure(it, t.Error)
	it.putSeconds(tables.TTL, t.Expires)
	return it
}

// taskOf returns an error if the item does not have the form of [items.taskItem]: it
// was changed by hand, and decisions must not be guessed.
func taskOf(it item) (state.TaskRecord, error) {
	if err := wellFormed(it); err != nil {
		return state.TaskRecord{}, err
	}
	return madeRecord(it), nil
}

// madeRecord is taskOf for an item that is well-formed, such as one that was just made.
func madeRecord(it item) state.TaskRecord {
	return state.TaskRecord{
		RunID:      owner(it),
		TaskKey:    parseTask(strings.TrimPrefix(it.text(tables.ItemKey), nodePrefix)),
		State:      flow.State(it.text(tables.State)),
		Owner:      it.text(tables.Owner),
		LeaseUntil: it.millis(tables.LeaseUntil),
		Via:        state.Via(it.text(tables.Via)),
		Starts:     int(it.number(tables.Starts)),
		Failures:   int(it.number(tables.Failures)),
		DueAt:      it.millis(tables.DueAt),
		FiredBy:    it.text(tables.FiredBy),
		StartedAt:  it.millis(tables.StartedAt),
		FinishedAt: it.millis(tables.FinishedAt),
		Output:     it.value(tables.Output),
		Action:     it.text(tables.Action),
		Edges:      edgesOf(it),
		Writes:     writesOf(it),
		Abridged:   it[edgesRef] != nil || it.flag(abridgedMark),
		Bare:       it.flag(bareMark),
		Omitted:    int(it.number(omittedMark)),
		Error:      failureOf(it),
		Expires:    it.seconds(tables.TTL),
	}
}

// edgeItem returns a taken edge as an element of a list.
func edgeItem(edge state.TakenEdge) item {
	element := item{tables.EdgeIndex: number(int64(edge.Index))}
	element.putValue(tables.Value, edge.Value)
	return element
}

// putEdges writes a list of maps, so that each edge's value can be moved out of the
// item by itself.
func putEdges(it item, edges []state.TakenEdge) {
	if len(edges) == 0 {
		return
	}
	elements := make([]item, len(edges))
	for i, edge := range edges {
		elements[i] = edgeItem(edge)
	}
	it[tables.Edges] = itemList(elements)
}

// itemList returns the attribute with these elements; [elementsOf] reads it.
func itemList(elements []item) types.AttributeValue {
	list := make([]types.AttributeValue, len(elements))
	for i, element := range elements {
		list[i] = &types.AttributeValueMemberM{Value: element}
	}
	return &types.AttributeValueMemberL{Value: list}
}

func edgesOf(it item) (edges []state.TakenEdge) {
	for _, element := range edgeItems(it) {
		edges = append(edges, state.TakenEdge{
			Index: int(element.number(tables.EdgeIndex)),
			Value: element.value(tables.Value),
		})
	}
	return edges
}

// edgeItems returns the elements of the item's edges, to be read or changed.
func edgeItems(it item) []item { return elementsOf(it, tables.Edges) }

func elementsOf(it item, name string) []item {
	list, _ := it[name].(*types.AttributeValueMemberL)
	if list == nil {
		return nil
	}
	var elements []item
	for _, element := range list.Value {
		if m, ok := element.(*types.AttributeValueMemberM); ok {
			elements = append(elements, m.Value)
		}
	}
	return elements
}

func putFailure(it item, f *flow.Failure) {
	if f == nil {
		return
	}
	// A struct of texts and a number always encodes.
	encoded, _ := rawjson.Encode(f)
	it.putValue(tables.Error, encoded)
}

func failureOf(it item) *flow.Failure {
	encoded := it.value(tables.Error)
	if encoded == nil {
		return nil
	}
	f := new(flow.Failure)
	if err := json.Unmarshal(encoded, f); err != nil {
		return &flow.Failure{Code: flow.CodeError, Message: string(encoded)}
	}
	return f
}
