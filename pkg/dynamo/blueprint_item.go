package dynamo

import (
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// blueprintItem is a version of a blueprint. It has no ttl: runs pin it.
func (l items) blueprintItem(b state.BlueprintVersion) item {
	it := l.blueprint(b.BlueprintKey).item()
	it.putText(tables.Version, b.Version)
	it.putValue(tables.Body, b.Body)
	it.putMillis(tables.FirstStart, b.StartedAt)
	it.putMillis(tables.LastStart, b.StartedAt)
	return it
}

// blueprintUpdate writes the item, but keeps the first start.
func blueprintUpdate(it item) update {
	var u update
	u.replace(it, tables.Version, tables.Body, tables.Body+tables.RefSuffix, tables.LastStart)
	if first := it[tables.FirstStart]; first != nil {
		u.keep(tables.FirstStart, first)
	}
	return u
}
