package dynamo

import (
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// putWrites puts a task's context writes into its record: a list of maps, so that each
// value can be moved out of the item by itself.
func putWrites(it item, writes []state.ContextWrite) {
	if len(writes) == 0 {
		return
	}
	elements := make([]item, len(writes))
	for i, w := range writes {
		elements[i] = item{tables.WriteKey: text(w.Key)}
		putContextValue(elements[i], w.ContextValue)
	}
	it[tables.Writes] = itemList(elements)
}

func writesOf(it item) (writes []state.ContextWrite) {
	for _, element := range writeItems(it) {
		writes = append(writes, state.ContextWrite{Key: element.text(tables.WriteKey), ContextValue: valueOf(element)})
	}
	return writes
}

// writeItems returns the elements of the item's context writes, to be read or changed.
func writeItems(it item) []item { return elementsOf(it, tables.Writes) }

// keepWriteKeys removes everything from the item's context writes but their keys.
func keepWriteKeys(it item) {
	for _, element := range writeItems(it) {
		for name := range element {
			if name != tables.WriteKey {
				delete(element, name)
			}
		}
	}
}

// spillWrites moves every large value out of the item's context writes. It returns the
// parts, to be written first: that of the key names the same.
func (l items) spillWrites(it item) (parts []part) {
	for _, element := range writeItems(it) {
		if len(element.text(tables.Value)) > inWrite {
			parts = append(parts, l.moveOut(it, element, tables.Value)...)
		}
	}
	return parts
}
