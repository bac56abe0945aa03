package dynamo

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// valueItem returns one context key as an item. A deleted key is kept: it hides the
// key of that name in the run's input.
func (l items) valueItem(runID string, write state.ContextWrite, expires time.Time) item {
	it := l.value(runID, write.Key).item()
	putContextValue(it, write.ContextValue)
	it.putSeconds(tables.TTL, expires)
	return it
}

// putContextValue puts a key's value into its own item, or into that of its writer.
func putContextValue(it item, v state.ContextValue) {
	it.putFlag(tables.Deleted, v.Deleted)
	if !v.Deleted {
		it.putValue(tables.Value, v.Value)
	}
	it.putText(tables.Clock, string(v.Clock))
}

func valueOf(it item) state.ContextValue {
	return state.ContextValue{Value: it.value(tables.Value), Deleted: it.flag(tables.Deleted), Clock: state.Clock(it.text(tables.Clock))}
}

// keyOf returns the name of a context key's item.
func keyOf(it item) string {
	return unescape(strings.TrimPrefix(it.text(tables.ItemKey), contextPrefix))
}

// commitValue writes a context key.
//
// Key: context/(run, ctx#NAME). Condition: the guard. Effect: the value, or its
// deletion; a large one is in the parts that its writer's record names, too. Conflict:
// another value stands.
func (w *writer) commitValue(ctx context.Context, change state.ValueChange, guard state.Guard) error {
	it := w.items.valueItem(change.RunID, change.ContextWrite, change.Expires)
	err := w.values.put(ctx, w.items.names.Context, it, inWrite, guard)
	if conflict, ok := errors.AsType[*conflictError](err); ok && change.Mine(valueOf(conflict.stored)) {
		return nil
	}
	return err
}
