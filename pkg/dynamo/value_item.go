package dynamo

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// valueItem returns one context key as an item. A deleted key is kept: it hides the
// key of that name in the run's input.
func (l items) valueItem(runID string, write state.ContextWrite, expires time.Time) item {
	it := l.value(runID, write.Key).item()
	it.putFlag(tables.Deleted, write.Deleted)
	if !write.Deleted {
		it.putValue(tables.Value, write.Value)
	}
	it.putSeconds(tables.TTL, expires)
	return it
}

// putValues returns the parts of a transaction that write context keys, and the
// parts of their large values.
func (l items) putValues(runID string, writes []state.ContextWrite, expires time.Time) (puts []types.TransactWriteItem, parts []part, err error) {
	for _, write := range writes {
		it := l.valueItem(runID, write, expires)
		parts = append(parts, l.spill(it, inTransaction)...)
		put, err := putOne(l.names.Context, it, state.Guard{})
		if err != nil {
			return nil, nil, err
		}
		puts = append(puts, put)
	}
	return puts, parts, nil
}

func valueOf(it item) state.ContextValue {
	return state.ContextValue{Value: it.value(tables.Value), Deleted: it.flag(tables.Deleted)}
}

// keyOf returns the name of a context key's item.
func keyOf(it item) string {
	return unescape(strings.TrimPrefix(it.text(tables.ItemKey), contextPrefix))
}
